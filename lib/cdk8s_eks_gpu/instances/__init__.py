"""EC2's instance types: the facts, and the questions that one asks of them."""

from cdk8s_eks_gpu.instances.catalogue import Catalogue, catalogue, facts_source
from cdk8s_eks_gpu.instances.instance_type import InstanceType
from cdk8s_eks_gpu.instances.traps import Source, Trap, UnlistedFamily, traps, unlisted_families

__all__ = [
    "Catalogue",
    "InstanceType",
    "Source",
    "Trap",
    "UnlistedFamily",
    "catalogue",
    "facts_source",
    "traps",
    "unlisted_families",
]
