"""`efa` and `capacity` of the pools, said in the options that Karpenter's own objects have.

What makes manifests reads the expanded configuration, so that a profile means one thing wherever it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.class_profile import ClassNeeds, class_needs, lacks_huge_pages
from cdk8s_eks_gpu.config.pool_profile import expanded_pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions
    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
    from cdk8s_eks_gpu.manifests import Path


_NETWORK_INTERFACES_SINCE = 11  # Karpenter 1.11: EC2NodeClass.spec.networkInterfaces
_NODE_OVERLAYS_SINCE = 7  # Karpenter 1.7: NodeOverlay


class Expansion(Struct):
    """A configuration without profiles, and what keeps it from being made.

    Attributes:
        node_classes: The node classes, with their variants behind them.
        node_pools: The pools, in Karpenter's own options.
        variants: The node class that each variant is made of, by the variant's name.
        problems: A path and a message for each thing that is wrong.
    """

    node_classes: dict[str, NodeClassOptions]
    node_pools: dict[str, NodePoolOptions]
    variants: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[Path, str]] = field(default_factory=list)


def expanded(config: ClusterConfig) -> ClusterConfig:
    """Return the configuration with its profiles said in Karpenter's own options; the same where there are none."""
    if not has_profiles(config):
        return config
    expansion = expand(config)
    plugins, efa = config.plugins, config.plugins.efa
    if efa is not None:
        plugins = plugins.model_copy(update={"efa": _efa_plugin(efa, config.node_pools)})
    return config.model_copy(
        update={"node_classes": expansion.node_classes, "node_pools": expansion.node_pools, "plugins": plugins}
    )


def expand(config: ClusterConfig) -> Expansion:
    """Return the pools and node classes that the profiles of a configuration expand to.

    A node class whose pools all need the same gets it itself. Of one that pools with other needs share, or with none,
    each need gets a variant of its own, behind the class.
    """
    expansion = Expansion(dict(config.node_classes), dict(config.node_pools))
    if not has_profiles(config):
        return expansion
    by_class: dict[str, dict[str, tuple[ClassNeeds, list[str]]]] = {}
    for name, pool in config.node_pools.items():
        needs, problems = class_needs(pool, config.node_classes.get(pool.node_class))
        problems += _too_old(pool, config.cluster.karpenter_version)
        expansion.problems += [(("nodePools", name, key), message) for key, message in problems]
        groups = by_class.setdefault(pool.node_class, {})
        groups.setdefault(needs.key, (needs, []))[1].append(name)
    for node_class, groups in by_class.items():
        for needs, names in groups.values():
            _place(expansion, config, node_class, needs, names, shared=len(groups) > 1)
    return expansion


def has_profiles(config: ClusterConfig) -> bool:
    """Return whether any pool says `efa` or `capacity`, or `hugePages` that its class does not set aside yet."""
    return any(
        pool.efa or pool.capacity or (pool.huge_pages and lacks_huge_pages(config.node_classes.get(pool.node_class)))
        for pool in config.node_pools.values()
    )


def _place(  # noqa: PLR0913 -- one place that calls it, with what it has at hand
    expansion: Expansion, config: ClusterConfig, node_class: str, needs: ClassNeeds, pools: list[str], *, shared: bool
) -> None:
    """Put what pools need on their node class, or on a variant of it, and have them name it."""
    target = node_class
    if needs != ClassNeeds() and node_class in config.node_classes:
        if shared:
            target = needs.name(node_class, pools[0])
            _add_variant(expansion, config, target, pools[0])
        expansion.node_classes[target] = needs.on(expansion.node_classes[target])
    for name in pools:
        expansion.node_pools[name] = expanded_pool(config.node_pools[name]).model_copy(update={"node_class": target})


def _add_variant(expansion: Expansion, config: ClusterConfig, variant: str, pool: str) -> None:
    """Add a copy of the pool's node class, which says whose variant it is."""
    node_class = config.node_pools[pool].node_class
    if variant in expansion.node_classes:
        message = f"needs a variant of node class {node_class}, and its name, '{variant}', is taken: rename the other"
        expansion.problems.append((("nodePools", pool, "nodeClass"), message))
    options = config.node_classes[node_class]
    annotations = {**(options.metadata.annotations or {}), vocabulary.VARIANT_OF: node_class}
    metadata = options.metadata.model_copy(update={"annotations": annotations})
    expansion.node_classes[variant] = options.model_copy(update={"metadata": metadata})
    expansion.variants[variant] = node_class


def _too_old(pool: NodePoolOptions, karpenter_version: str) -> list[tuple[str, str]]:
    """Return what to say where the cluster's Karpenter has no network interfaces, or no NodeOverlays."""
    minor = int(karpenter_version.split(".")[1])
    problems = []
    if pool.has_static_efa and minor < _NETWORK_INTERFACES_SINCE:
        needs = f"'{pool.efa}' needs Karpenter 1.{_NETWORK_INTERFACES_SINCE}"
        fix = "take on-request, or upgrade Karpenter"
        problems.append(("efa", f"{needs}, and cluster.karpenterVersion is {karpenter_version}: {fix}"))
    if pool.huge_pages is not None and minor < _NODE_OVERLAYS_SINCE:
        needs = f"Karpenter knows of huge pages by a NodeOverlay, since 1.{_NODE_OVERLAYS_SINCE}"
        problems.append(("hugePages", f"{needs}, and cluster.karpenterVersion is {karpenter_version}: upgrade it"))
    return problems


def _efa_plugin(efa: EfaDevicePluginOptions, pools: Mapping[str, NodePoolOptions]) -> EfaDevicePluginOptions:
    """Keep the EFA plugin to the nodes that have EFA from the start; elsewhere it crashes (aws/eks-charts#1239).

    Not where a pool says `on-request`: its nodes have no label that tells those with EFA, and need the plugin.
    """
    static = any(pool.has_static_efa for pool in pools.values())
    if not static or any(pool.efa == "on-request" for pool in pools.values()):
        return efa
    selector = {vocabulary.EFA_ATTACHED: vocabulary.EFA_ATTACHED_VALUE, **(efa.node_selector or {})}
    return efa.model_copy(update={"node_selector": selector})
