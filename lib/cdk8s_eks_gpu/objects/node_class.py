"""The manifest of a Karpenter EC2NodeClass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.objects.fields import object_metadata, plain

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions

SHORT_OPTIONS = ("ami", "discovery", "rootVolume")


def node_class(name: str, options: NodeClassOptions) -> dict[str, Any]:
    """Return the EC2NodeClass with that name."""
    spec = plain(options)
    for option in ("metadata", *SHORT_OPTIONS):
        spec.pop(option, None)
    said_at_length = {
        "amiSelectorTerms": options.all_ami_selector_terms(),
        "subnetSelectorTerms": options.all_subnet_selector_terms(),
        "securityGroupSelectorTerms": options.all_security_group_selector_terms(),
        "blockDeviceMappings": options.all_block_device_mappings(),
    }
    return {
        "apiVersion": f"{vocabulary.NODE_CLASS_GROUP}/v1",
        "kind": vocabulary.NODE_CLASS_KIND,
        "metadata": object_metadata(name, options.metadata),
        "spec": spec | plain(said_at_length),
    }
