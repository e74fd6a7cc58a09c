"""Whether user data has the form that its AMI family takes (Karpenter v1.14, "NodeClasses", spec.userData)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import ConfigError
from cdk8s_eks_gpu.manifests.single_document import read_all

if TYPE_CHECKING:
    from cdk8s_eks_gpu.provisioning.ami_families import AmiFamily

LONGEST = 16 * 1024
"""Bytes that EC2 takes as user data, before base64; Karpenter adds some of its own to it."""

_BOOTSTRAP = "/etc/eks/bootstrap.sh"
_NODE_CONFIG = ("node.eks.aws/v1alpha1", "NodeConfig")


def user_data_problem(text: str, family: AmiFamily | None) -> str | None:
    """Return what is wrong with user data, and the fix; None where nothing is, or where the family takes any form."""
    size = len(text.encode())
    if size > LONGEST:
        fix = "fetch what is large from S3 at start, or build it into an AMI"
        return f"has {size:,} bytes, and EC2 takes {LONGEST:,} with what Karpenter adds: {fix}"
    if not text.strip() or family is None:
        return None
    if family.name == "Bottlerocket":
        return _toml_problem(text)
    if family.name in {"AL2", "AL2023"}:
        return _bootstrap_problem(text, family.name) or _linux_problem(text, family.name)
    if family.name.startswith("Windows") and _is_for_linux(text):
        return f"must be PowerShell for {family.name}, without <powershell> around it"
    return None


def _toml_problem(text: str) -> str | None:

    import tomllib  # noqa: PLC0415 -- few node classes have user data

    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return f"must be TOML for Bottlerocket, such as [settings.kubernetes], and is not: {error}"
    return None


def _bootstrap_problem(text: str, family: str) -> str | None:
    """Return that a script runs what the images of AL2 have, and those of AL2023 do not."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    if family != "AL2023" or not any(_BOOTSTRAP in line for line in lines):
        return None
    return f"calls {_BOOTSTRAP}, which {family} does not have: nodes are configured by a NodeConfig there"


def _linux_problem(text: str, family: str) -> str | None:
    """Return what is wrong with user data of Amazon Linux.

    Karpenter tells three forms apart: a MIME archive by its first header, on AL2023 a NodeConfig by being a YAML
    mapping, and everything else, which it hands on as a shell script (pkg/providers/amifamily/bootstrap, v1.14.1).
    """
    forms = "a MIME archive, a NodeConfig" if family == "AL2023" else "a MIME archive"
    if text.strip().startswith(("MIME-Version:", "Content-Type:")):
        from email import message_from_string  # noqa: PLC0415 -- as above

        return None if message_from_string(text.lstrip()).is_multipart() else "is a MIME message without parts"
    if text.startswith("#!"):
        return None
    if family == "AL2023" and (mapping := _mapping(text)) is not None:
        said = (mapping.get("apiVersion"), mapping.get("kind"))
        if said == _NODE_CONFIG:
            return None
        if text.startswith("#cloud-config"):
            return f"is a mapping, which AL2023 takes as a NodeConfig: {_guess(text)}"
        return f"is a mapping, which AL2023 takes as {' '.join(_NODE_CONFIG)}, and says {said[0]} {said[1]}"
    return f"must be {forms} or a shell script for {family}, and a script begins with #!: {_guess(text)}"


def _mapping(text: str) -> dict[str, object] | None:
    """Return the YAML mapping that the text is, or None if it is none."""
    try:
        documents = read_all(text, "userData")
    except ConfigError:
        return None
    return documents[0] if documents and isinstance(documents[0], dict) else None


def _is_for_linux(text: str) -> bool:
    return text.startswith("#!") or text.strip().startswith(("MIME-Version:", "Content-Type:", "apiVersion:"))


def _guess(text: str) -> str:
    first = text.strip().splitlines()[0]
    if first.startswith("["):
        return f"'{first}' is TOML, which Bottlerocket takes"
    if first.startswith("#cloud-config"):
        return "put #cloud-config into a part of a MIME archive"
    return f"it begins with '{first}'"
