"""The pools of some manifests: those that are equal in all that scheduling depends on share what is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.kubernetes_object import distinct_names
from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes
from cdk8s_eks_gpu.provisioning.node_class import NodeClass, nearest_class, read_node_class, unknown_class
from cdk8s_eks_gpu.provisioning.node_overlay import overlaid
from cdk8s_eks_gpu.provisioning.node_pool import NodePool, not_evaluated
from cdk8s_eks_gpu.provisioning.overlaid_instance_types import OverlaidInstanceTypes
from cdk8s_eks_gpu.provisioning.pool import Pool
from cdk8s_eks_gpu.provisioning.pool_instance_types import PoolInstanceTypes
from cdk8s_eks_gpu.provisioning.registration import Registration
from cdk8s_eks_gpu.requirements import Requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk8s_eks_gpu.instances import Catalogue
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.daemon_overhead import DaemonSets
    from cdk8s_eks_gpu.provisioning.device_plugins import DevicePlugin
    from cdk8s_eks_gpu.provisioning.node_overlay import NodeOverlay
    from cdk8s_eks_gpu.provisioning.workload import Workload

# What is known of the instance types under node classes, for whichever cluster asks next.
_TYPES: dict[tuple[str, str, int], NodeClassInstanceTypes] = {}
_MOST_TYPES = 32


class PoolWithClass(Struct, frozen=True):
    """A NodePool with its node class.

    Attributes:
        manifest: Its manifest.
        spec: What Karpenter knows of its nodes.
        node_class: Its node class; one that says nothing where the manifests do not have it.
        node_class_manifest: The manifest of its node class, if there is one.
        types: The instance types under the class: the same for classes that are equal but for their names.
    """

    manifest: KubernetesObject
    spec: NodePool
    node_class: NodeClass
    node_class_manifest: KubernetesObject | None
    types: NodeClassInstanceTypes


def with_node_classes(
    pools: Iterable[tuple[KubernetesObject, NodePool]],
    node_classes: Iterable[KubernetesObject],
    catalogue: Catalogue,
    karpenter: str,
    *,
    reservation_ids: bool,
) -> list[PoolWithClass]:
    """Return each pool with its node class; ids of reservations matter only if a pool or a pod asks for some."""
    by_name: dict[str, list[KubernetesObject]] = {}
    for each in node_classes:
        by_name.setdefault(each.name, []).append(each)
    types: dict[str, NodeClassInstanceTypes] = {}
    found = []
    for manifest, spec in pools:
        named = None if not_evaluated(spec) else nearest_class(by_name.get(spec.node_class, ()), manifest)
        node_class = read_node_class(named.cursor, karpenter) if named else unknown_class(spec)
        nameless = replace(node_class, name="", reservation_ids=node_class.reservation_ids if reservation_ids else None)
        alike = repr(nameless)  # it holds dicts, and so has no hash
        if alike not in types:
            types[alike] = _types_of(nameless, alike, catalogue, karpenter)
        found.append(PoolWithClass(manifest, spec, node_class, named, types[alike]))
    return found


def _types_of(node_class: NodeClass, alike: str, catalogue: Catalogue, karpenter: str) -> NodeClassInstanceTypes:
    """Return the instance types under a node class. Clusters of one base have many classes that are alike."""
    key = (alike, karpenter, id(catalogue))
    types = _TYPES.pop(key, None) or NodeClassInstanceTypes(node_class, catalogue, karpenter)
    _TYPES[key] = types  # The last one now: the first is the one that was not used for longest.
    if len(_TYPES) > _MOST_TYPES:
        del _TYPES[next(iter(_TYPES))]
    return types


def with_instance_types(
    pools: Sequence[PoolWithClass],
    overlays: Sequence[NodeOverlay],
    daemon_sets: Sequence[tuple[DaemonSets, ...]],
    device_plugins: Sequence[tuple[DevicePlugin, Workload]],
) -> tuple[Pool, ...]:
    """Return the pools with what each launches; `daemon_sets` are for each pool those that may land on it."""
    shared: dict[object, tuple[PoolInstanceTypes, Registration]] = {}
    titles = distinct_names([(each.spec.name, each.manifest) for each in pools])
    found = []
    for each, title, landing in zip(pools, titles, daemon_sets, strict=True):
        spec, added = each.spec, overlaid(each.spec, each.types, overlays)
        named = Requirements(asked for asked in spec.requirements.values() if asked.key != vocabulary.NODE_POOL)
        limits = tuple(sorted(spec.limits.items()))
        identity = (named, spec.taints, limits, spec.replicas == 0, each.types, added, landing)
        if identity not in shared:
            nameless = replace(spec, name="", requirements=named)
            types = PoolInstanceTypes(nameless, OverlaidInstanceTypes(each.types, added), landing)
            shared[identity] = types, Registration(types, device_plugins)
        found.append(Pool(each.manifest, title, spec, each.node_class, each.node_class_manifest, *shared[identity]))
    return tuple(found)
