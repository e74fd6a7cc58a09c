"""The AMIs of a node class."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.provisioning.node_class import WINDOWS, read_ami
from cdk8s_eks_gpu.releases.versions import numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.preflight.context import Context


_TERMS = "https://karpenter.sh/docs/concepts/nodeclasses/#specamiselectorterms"
_MANAGING = "https://karpenter.sh/docs/tasks/managing-amis/"

LATEST = Rule(
    "ami/latest",
    Severity.WARNING,
    "The AMI is an alias with the version latest.",
    (
        "Whenever AWS releases an AMI, every node of the class counts as drifted and is replaced, with the jobs on it;"
        " and the new image, driver included, was not tested (karpenter-provider-aws issues 6862 and 6952)."
    ),
    _MANAGING,
    "Pin the version, for instance al2023@v20260917, and raise it when the new one is tested.",
)
AL2 = Rule(
    "ami/al2-gone",
    Severity.ERROR,
    "The AMI is Amazon Linux 2, of which EKS publishes none for this Kubernetes version.",
    "EKS publishes AL2 images up to Kubernetes 1.32 only; Karpenter finds no AMI and sets the node class not ready.",
    "https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html",
    "Use al2023.",
)
NO_GPU_DRIVER = Rule(
    "ami/no-nvidia",
    Severity.ERROR,
    "Pods ask for nvidia.com/gpu on a pool whose AMI family has no image with the NVIDIA driver.",
    "Karpenter's Windows families have no accelerated image: no GPU is ever registered.",
    _TERMS,
    "Use al2023 or bottlerocket, which Karpenter turns into their NVIDIA variants by itself.",
)
AL2_FAMILY = Rule(
    "ami/al2-family",
    Severity.WARNING,
    "The AMI family is Amazon Linux 2, for which EKS publishes no image of this Kubernetes version.",
    (
        "Karpenter joins the node as AL2 images do, by bootstrap.sh. EKS publishes those up to Kubernetes 1.32: an"
        " image that is named by its id is of an older kubelet, or of another family and never joins."
    ),
    "https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html",
    "Use the family AL2023 with an image of Amazon Linux 2023.",
)
NAME_WITHOUT_VERSION = Rule(
    "ami/name-without-version",
    Severity.WARNING,
    "The AMI is chosen by a pattern of names that says no Kubernetes version.",
    (
        "Of all images that fit, Karpenter takes the newest: that of another Kubernetes version as soon as AWS, or you,"
        " publish one. Its kubelet may be newer than the control plane, which Kubernetes does not support."
    ),
    _TERMS,
    "Put the version in the name, such as amazon-eks-node-al2023-x86_64-nvidia-1.34-*, or use an alias.",
)
CUSTOM_WITHOUT_USER_DATA = Rule(
    "ami/custom-without-user-data",
    Severity.WARNING,
    "The AMI family is Custom, and there is no `userData`.",
    "Karpenter adds nothing by itself for Custom: unless the image joins the cluster on its own, no node ever does.",
    "https://karpenter.sh/docs/concepts/nodeclasses/#custom",
    "Add `userData` that joins the cluster, or name the family that the image is of.",
)

_VERSION = re.compile(r"\b1\.\d\d|\b1-\d\d\b|\*1\.\d")
# EKS publishes AL2 images up to this Kubernetes version.
_LAST_AL2 = (1, 32)


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the AMIs of the node classes."""
    gpu_pools = context.pools_of_gpu_pods
    for node_class in context.cluster.node_classes:
        pools = [pool.name for pool in context.cluster.pools if pool.node_class_manifest is node_class]
        yield from _images(node_class, context.kubernetes, tuple(name for name in pools if name in gpu_pools))


def _images(node_class: KubernetesObject, kubernetes: str, gpu_pools: tuple[str, ...]) -> Iterator[Finding]:
    spec = node_class.cursor["spec"]
    family = spec["amiFamily"].text()
    terms = [term["alias"] for term in spec["amiSelectorTerms"].items()]
    aliases: list[tuple[Path, str]] = [(alias.path, alias.text()) for alias in terms if alias.text()]
    for path, alias in aliases:
        name, _, version = alias.partition("@")
        if version == "latest" and not name.startswith("windows"):  # Windows aliases have no other version
            yield finding_at(LATEST, node_class, path, f"{alias} follows every release of the AMI.", value=alias)
        if name == "al2" and numbers_of(kubernetes)[:2] > _LAST_AL2:
            message = f"There is no AL2 image for Kubernetes {kubernetes}."
            yield finding_at(AL2, node_class, path, message, value=alias)
    if gpu_pools and read_ami(spec)[0].startswith(WINDOWS):
        path, value = aliases[0] if aliases else (("spec", "amiFamily"), family)
        found = finding_at(NO_GPU_DRIVER, node_class, path, "Windows images have no NVIDIA driver.", value=value)
        yield replace(found, pools=gpu_pools)
    yield from _without_alias(node_class, kubernetes)
    if family == "Custom" and not spec["userData"].value:
        message = "The family Custom needs `userData`."
        yield finding_at(CUSTOM_WITHOUT_USER_DATA, node_class, ("spec", "amiFamily"), message, value=family)


def _without_alias(node_class: KubernetesObject, kubernetes: str) -> Iterator[Finding]:
    """Yield what is wrong with images that are named by id, name or tags."""
    spec = node_class.cursor["spec"]
    terms = list(spec["amiSelectorTerms"].objects())
    if any(term["alias"] for term in terms):
        return
    family = spec["amiFamily"]
    if family.text() == "AL2" and numbers_of(kubernetes)[:2] > _LAST_AL2:
        message = f"EKS publishes no AL2 image for Kubernetes {kubernetes}."
        yield finding_at(AL2_FAMILY, node_class, family.path, message, value=family.text())
    for term in terms:
        name = term["name"].text()
        if "*" in name and not _VERSION.search(name) and not is_placeholder(name) and not term["tags"]:
            message = f"The pattern {name} fits images of every Kubernetes version."
            yield finding_at(NAME_WITHOUT_VERSION, node_class, term["name"].path, message, value=name)
