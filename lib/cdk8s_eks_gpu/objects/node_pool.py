"""The manifest of a Karpenter NodePool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.pool_profile import expanded_pool
from cdk8s_eks_gpu.objects.fields import object_metadata, plain

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions


def node_pool(name: str, options: NodePoolOptions) -> dict[str, Any]:
    """Return the NodePool with that name."""
    options = expanded_pool(options)
    node_class = {"group": vocabulary.NODE_CLASS_GROUP, "kind": vocabulary.NODE_CLASS_KIND, "name": options.node_class}
    template = {
        "metadata": plain({"labels": options.all_labels(), "annotations": options.annotations}) or None,
        "spec": {
            "requirements": options.all_requirements(),
            "nodeClassRef": node_class,
            "taints": options.taints or None,
            "startupTaints": options.startup_taints,
            "expireAfter": options.expire_after,
            "terminationGracePeriod": options.termination_grace_period,
        },
    }
    spec = {
        "template": template,
        "disruption": options.disruption,
        "limits": options.limits,
        "weight": options.weight,
        "replicas": options.replicas,
    }
    metadata = object_metadata(name, options.metadata)
    manifest: dict[str, Any] = plain(
        {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": metadata, "spec": spec}
    )
    return manifest
