"""EC2's instance types: the facts, and the questions that one asks of them."""

from cdk8s_eks_gpu.instances.catalogue import Catalogue, catalogue, catalogue_for, facts_source
from cdk8s_eks_gpu.instances.efa_layouts import LAYOUT_NAMES, EfaLayout, EfaLayouts, Interface, LayoutName, efa_layouts
from cdk8s_eks_gpu.instances.instance_type import InstanceType
from cdk8s_eks_gpu.instances.network_cards import network_cards
from cdk8s_eks_gpu.instances.provenance import Provenance, provenance
from cdk8s_eks_gpu.instances.traps import Source, Trap, traps

__all__ = [
    "LAYOUT_NAMES",
    "Catalogue",
    "EfaLayout",
    "EfaLayouts",
    "InstanceType",
    "Interface",
    "LayoutName",
    "Provenance",
    "Source",
    "Trap",
    "catalogue",
    "catalogue_for",
    "efa_layouts",
    "facts_source",
    "network_cards",
    "provenance",
    "traps",
]
