"""Feature gates that a cluster has on -> what the preflight would say of them is ignored, with that reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.config.metadata import Ignore
from cdk8s_eks_gpu.manifests import Document, KubernetesObject
from cdk8s_eks_gpu.objects.extra_manifests import read_extra_manifests
from cdk8s_eks_gpu.objects.node_class import node_class
from cdk8s_eks_gpu.objects.node_overlay import huge_pages_overlays
from cdk8s_eks_gpu.objects.node_pool import node_pool
from cdk8s_eks_gpu.provisioning.gates import needed_gates
from cdk8s_eks_gpu.releases import karpenter_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.config.cluster import ClusterConfig

_EXPRESSIONS = "NodeClassCEL"


def with_feature_gates(config: ClusterConfig) -> ClusterConfig:
    """Return the configuration with an entry in `ignore` for each object whose gates are all on in `cluster`.

    Args:
        config: A configuration without profiles.
    """
    on = {name for name, is_on in config.cluster.feature_gates.items() if is_on}
    return config.model_copy(update={"ignore": (*config.ignore, *_ignored(config, on))}) if on else config


def _ignored(config: ClusterConfig, on: set[str]) -> Iterator[Ignore]:
    release = karpenter_release(config.cluster.karpenter_version)
    for each in _objects(config):
        needed = {needed.gate.name for needed in needed_gates(each, release)}
        if needed and needed <= on:
            yield _entry("versions/feature-gate", each, *sorted(needed))
        if _EXPRESSIONS in on and each.kind == "EC2NodeClass" and each.cursor.at("spec", "kubelet"):
            yield _entry("runtime/kubelet-expression", each, _EXPRESSIONS)


def _entry(rule: str, manifest: KubernetesObject, *gates: str) -> Ignore:
    reason = f"cluster.featureGates says that {' and '.join(gates)} {'is' if len(gates) == 1 else 'are'} on"
    return Ignore.model_validate({"rule": rule, "object": f"{manifest.kind}/{manifest.name}", "reason": reason})


def _objects(config: ClusterConfig) -> Iterator[KubernetesObject]:
    """Yield the objects that may need a gate: Karpenter's, and the user's own."""
    manifests = [node_class(name, options) for name, options in config.node_classes.items()]
    manifests += huge_pages_overlays(config).values()
    manifests += [node_pool(name, options) for name, options in config.node_pools.items()]
    for manifest in manifests:
        yield KubernetesObject("", Document(manifest, 1, 1, ""), manifest)
    if config.extra_manifests:
        yield from (each.source for each in read_extra_manifests(config.extra_manifests))
