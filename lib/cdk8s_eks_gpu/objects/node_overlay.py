"""The NodeOverlays by which Karpenter knows what it cannot see of nodes that do not exist yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.objects.argocd import SYNC_WAVE

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.cluster import ClusterConfig

_WAVE = "-2"
"""That of node classes: before the pools, whose first node would not have the pages otherwise."""


def huge_pages_overlays(config: ClusterConfig) -> dict[str, dict[str, Any]]:
    """Return the NodeOverlay of each pool whose nodes set huge pages aside, by its name."""
    overlays = [
        _huge_pages_overlay(name, str(pool.huge_pages), is_in_wave=config.argocd.sync_waves)
        for name, pool in config.node_pools.items()
        if pool.huge_pages is not None
    ]
    return {overlay["metadata"]["name"]: overlay for overlay in overlays}


def _huge_pages_overlay(pool: str, amount: str, *, is_in_wave: bool) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": f"{pool}-huge-pages"}
    if is_in_wave:
        metadata["annotations"] = {SYNC_WAVE: _WAVE}
    return {
        "apiVersion": "karpenter.sh/v1alpha1",
        "kind": "NodeOverlay",
        "metadata": metadata,
        "spec": {
            "requirements": [{"key": vocabulary.NODE_POOL, "operator": "In", "values": [pool]}],
            "capacity": {vocabulary.HUGE_PAGES: amount},
        },
    }
