"""A NodePool as Karpenter's scheduler sees it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements, Taint
from cdk8s_eks_gpu.requirements.node_selector import read_labels, read_requirements, read_taints

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from cdk8s_eks_gpu.manifests import Cursor


_SET_BY_KARPENTER = ("karpenter.sh/registered", "karpenter.sh/initialized")


class NodePool(Struct, frozen=True):
    """What Karpenter knows of the nodes that a pool can make.

    Attributes:
        name: The pool's name.
        node_class_group: The API group of its node class.
        node_class_kind: The kind of its node class.
        node_class: The name of its node class.
        written: The requirements of the manifest.
        template_labels: The labels of the template, as requirements.
        requirements: All requirements, with the template's labels and those that Karpenter sets.
        taints: The taints of the nodes. Startup taints are not among them: no pod has to tolerate them.
        startup_taints: The taints that nodes start with, and that something removes.
        limits: The most that all its nodes may add up to, by resource, in base units.
        weight: How much it is preferred to other pools; 0 without one.
        replicas: How many nodes a static pool keeps, or None for a pool that makes nodes for pods.
    """

    name: str
    node_class_group: str
    node_class_kind: str
    node_class: str
    written: Requirements
    template_labels: Requirements
    requirements: Requirements
    taints: tuple[Taint, ...]
    startup_taints: tuple[Taint, ...]
    limits: Mapping[str, Decimal]
    weight: int
    replicas: int | None


def read_node_pool(manifest: Cursor) -> NodePool:
    """Return the pool of a NodePool manifest."""
    name = manifest["metadata"]["name"].text()
    template = manifest["spec"]["template"]
    spec = template["spec"]
    reference = spec["nodeClassRef"]
    group = reference["group"].text(vocabulary.NODE_CLASS_GROUP)
    kind = reference["kind"].text(vocabulary.NODE_CLASS_KIND)
    node_class = reference["name"].text()
    written, labels = read_requirements(spec["requirements"]), read_labels(template["metadata"]["labels"])
    known = {
        vocabulary.NODE_POOL: name,
        f"{group}/{kind.lower()}": node_class,
        **dict.fromkeys(_SET_BY_KARPENTER, "true"),
    }
    set_by_karpenter = (Requirement.of(key, Operator.IN, value) for key, value in known.items())
    return NodePool(
        name=name,
        node_class_group=group,
        node_class_kind=kind,
        node_class=node_class,
        written=written,
        template_labels=labels,
        requirements=Requirements((*written.values(), *labels.values(), *set_by_karpenter)),
        taints=read_taints(spec["taints"]),
        startup_taints=read_taints(spec["startupTaints"]),
        limits=manifest["spec"]["limits"].quantities(),
        weight=manifest["spec"]["weight"].integer() or 0,
        replicas=manifest["spec"]["replicas"].integer(),
    )


class NotEvaluated(Enum):
    """Why a pool is not evaluated; the value says it in a few words."""

    EKS_AUTO_MODE = "EKS Auto Mode launches its nodes, not a Karpenter of your own"
    HYPERPOD = "SageMaker HyperPod launches its nodes, not a Karpenter of your own"
    OTHER_PROVIDER = "its node class is not of Karpenter's provider for AWS"


_BY_GROUP = {
    "eks.amazonaws.com": NotEvaluated.EKS_AUTO_MODE,
    "karpenter.sagemaker.amazonaws.com": NotEvaluated.HYPERPOD,
}


def not_evaluated(pool: NodePool) -> NotEvaluated | None:
    """Return why the pool is not evaluated, or None where it is."""
    if (pool.node_class_group, pool.node_class_kind) == (vocabulary.NODE_CLASS_GROUP, vocabulary.NODE_CLASS_KIND):
        return None  # as `IsManaged` of kubernetes-sigs/karpenter compares group and kind
    return _BY_GROUP.get(pool.node_class_group, NotEvaluated.OTHER_PROVIDER)
