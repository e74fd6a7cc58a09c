"""A NodePool as Karpenter's scheduler sees it, and the instance types that it admits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.resources import read_quantities
from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements
from cdk8s_eks_gpu.requirements.node_selector import check_pool_label, read_labels, read_pool_requirement, read_taints

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from cdk8s_eks_gpu.manifests.field import Field
    from cdk8s_eks_gpu.requirements import Taint

_SET_BY_KARPENTER = ("karpenter.sh/registered", "karpenter.sh/initialized")


@dataclass(frozen=True)
class NodePool:
    """What Karpenter knows of the nodes that a pool can make.

    Attributes:
        name: The pool's name.
        node_class: The name of its EC2NodeClass.
        written: The requirements of the manifest.
        requirements: The same, with the labels of the nodes: the template's, and those that Karpenter sets.
        taints: The taints of the nodes. Startup taints are not among them: no pod has to tolerate them.
        limits: The most that all its nodes may add up to, by resource, in base units.
    """

    name: str
    node_class: str
    written: Requirements
    requirements: Requirements
    taints: tuple[Taint, ...]
    limits: Mapping[str, Decimal]


def read_node_pool(manifest: Field) -> NodePool:
    """Return the pool of a NodePool manifest; what is wrong with it is noted in the field."""
    name = manifest["metadata"]["name"].text()
    template = manifest["spec"]["template"]
    spec, labels = template["spec"], template["metadata"]["labels"]
    for key, field in labels.entries():
        check_pool_label(field, key)
    reference = spec["nodeClassRef"]
    given = [read_pool_requirement(requirement) for requirement in spec["requirements"].items()]
    written = Requirements(requirement for requirement in given if requirement is not None)
    if vocabulary.NODE_POOL in written:
        spec["requirements"].refuse(f"{vocabulary.NODE_POOL!r} is set by Karpenter: remove the requirement")
    group = reference["group"].text(vocabulary.NODE_CLASS_GROUP)
    kind = reference["kind"].text(vocabulary.NODE_CLASS_KIND).lower()
    node_class = reference["name"].text()
    known = {vocabulary.NODE_POOL: name, f"{group}/{kind}": node_class, **dict.fromkeys(_SET_BY_KARPENTER, "true")}
    set_by_karpenter = [Requirement.of(key, Operator.IN, value) for key, value in known.items()]
    requirements = Requirements((*written.values(), *read_labels(labels).values(), *set_by_karpenter))
    limits = read_quantities(manifest["spec"]["limits"])
    return NodePool(name, node_class, written, requirements, read_taints(spec["taints"]), limits)
