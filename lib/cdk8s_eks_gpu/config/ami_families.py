"""The AMI family of a node class's options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.provisioning.ami_families import AmiFamily, family_of

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions


def ami_family(options: NodeClassOptions) -> AmiFamily | None:
    """Return the AMI family that a node class says, or that its alias means; None for one that says neither."""
    aliases = [options.ami, *(term.alias for term in options.ami_selector_terms or ())]
    return family_of(options.ami_family or "", filter(None, aliases))
