"""A new project's files, from templates that read like the files themselves."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct
from msgspec.structs import asdict

from cdk8s_eks_gpu.manifests.single_document import read_document

AMI = "al2023@v20260917"
"""A release of the EKS optimised AMI with the driver that all NVIDIA GPUs need (awslabs/amazon-eks-ami#2768)."""


class Project(Struct, frozen=True):
    """What is asked for.

    Attributes:
        cluster: The EKS cluster's name.
        region: Its AWS region.
        kubernetes: Its Kubernetes version.
        karpenter: The version of Karpenter in it.
        starting_point: The name of a starting point.
        reservation: The id of a capacity reservation for training; without one, its nodes are on demand.
        zone: The zone of the nodes for training.
    """

    cluster: str
    region: str
    kubernetes: str
    karpenter: str
    starting_point: str
    reservation: str = ""
    zone: str = ""


_PLAIN = re.compile("[A-Za-z][A-Za-z0-9_.-]*")
_FILES = {
    "main.py": "main.py.jinja",
    "cdk8s.yaml": "cdk8s.yaml.jinja",
    "requirements.txt": "requirements.txt.jinja",
    ".gitignore": "gitignore.jinja",
    ".github/workflows/manifests.yaml": "workflow.yaml.jinja",
}


def project_files(project: Project) -> dict[str, str]:
    """Return the text of each file by its path in the project's folder."""
    settings = {**asdict(project), "ami": AMI, "version": version("cdk8s-eks-gpu")}
    templates = {"cluster.yaml": f"{project.starting_point}.yaml.jinja", **_FILES}
    return {path: _environment().get_template(name).render(settings) for path, name in templates.items()}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cdk8s_eks_gpu.starting_points"),
        autoescape=False,  # noqa: S701 -- YAML, Python and text
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(scalar=_scalar, quoted=json.dumps)
    return environment


def _scalar(value: str) -> str:
    """Return the value as YAML reads it again as the same text."""
    return value if _PLAIN.fullmatch(value) and read_document(value, value).data == value else json.dumps(value)
