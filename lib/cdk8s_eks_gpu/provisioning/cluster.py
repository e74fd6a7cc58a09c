"""All that the manifests say of nodes and pods, and the questions that every command asks of it.

Pools that are equal in all that scheduling depends on are computed once, and pods that select labels of their own are
compared only with the pools that have them: the cost grows with the manifests, not with pools times pods.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue_for
from cdk8s_eks_gpu.manifests.kubernetes_object import distinct_names
from cdk8s_eks_gpu.provisioning.daemon_overhead import DaemonSets, scheduled_alike
from cdk8s_eks_gpu.provisioning.device_plugins import DevicePlugin, device_plugin
from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes, OverlaidInstanceTypes
from cdk8s_eks_gpu.provisioning.node_class import NodeClass, nearest_class, read_node_class, unknown_class
from cdk8s_eks_gpu.provisioning.node_overlay import NodeOverlay, conflicts, in_order, overlaid, read_node_overlay
from cdk8s_eks_gpu.provisioning.node_pool import NodePool, not_evaluated, read_node_pool
from cdk8s_eks_gpu.provisioning.pool import Pool
from cdk8s_eks_gpu.provisioning.pool_index import PoolIndex
from cdk8s_eks_gpu.provisioning.pool_instance_types import PoolInstanceTypes
from cdk8s_eks_gpu.provisioning.registration import Registration
from cdk8s_eks_gpu.provisioning.slips import UnknownValue, unknown_values
from cdk8s_eks_gpu.provisioning.unknown_types import kept_off, names_unknown
from cdk8s_eks_gpu.provisioning.volumes import Volumes
from cdk8s_eks_gpu.provisioning.workload import Workload, read_workloads
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, karpenter_release
from cdk8s_eks_gpu.requirements import Requirements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.fit import Fit
    from cdk8s_eks_gpu.provisioning.pod import Pod
    from cdk8s_eks_gpu.provisioning.reasons import Reasons

# What is known of the instance types under node classes, for whichever cluster asks next.
_TYPES: dict[tuple[str, str, int], NodeClassInstanceTypes] = {}
_MOST_TYPES = 32


class Launch(Struct, frozen=True):
    """What Karpenter launches for a pod.

    Attributes:
        pool: The pool: of those that can host the pod at the first attempt, the heaviest.
        fit: The instance types of the NodeClaim.
    """

    pool: Pool
    fit: Fit


class Cluster:
    """The pools, node classes, overlays and workloads of some manifests.

    Attributes:
        objects: All objects of the manifests, in their order.
        karpenter: The release of Karpenter.
        catalogue: The instance types, as that release sees them.
    """

    def __init__(self, objects: Iterable[KubernetesObject], karpenter: str = DEFAULT_KARPENTER) -> None:
        """Take the objects, and the version of Karpenter that runs there.

        What in the objects cannot be read counts as absent: `admission` says that it is refused.

        Raises:
            UnknownNameError: Nothing is known of the Karpenter version.
        """
        self.objects = tuple(objects)
        self.karpenter = karpenter_release(karpenter)
        self.catalogue = catalogue_for(self.karpenter.minor)
        self._fits: dict[tuple[int, int], Fit] = {}
        self._hosts: dict[int, tuple[Pool, ...]] = {}
        # By the identity of workloads and pods, which live as long as this.
        self._names_unknown: dict[int, bool] = {}
        self._without_name: dict[int, Pod] = {}
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []  # what the ids above are of: another object could get them
        self._identities: dict[tuple[object, ...], int] = {}

    def of_kind(self, group: str, kind: str) -> tuple[KubernetesObject, ...]:
        """Return the objects of a kind of an API group."""
        return tuple(each for each in self.objects if each.kind == kind and each.group == group)

    @cached_property
    def node_classes(self) -> tuple[KubernetesObject, ...]:
        """The EC2NodeClasses."""
        return self.of_kind(vocabulary.NODE_CLASS_GROUP, vocabulary.NODE_CLASS_KIND)

    @cached_property
    def overlay_conflicts(self) -> Mapping[str, str]:
        """The names of the NodeOverlays that Karpenter ignores, each with that of the one it is in conflict with."""
        return conflicts(self._all_overlays, self._evaluated)

    @cached_property
    def node_overlays(self) -> tuple[NodeOverlay, ...]:
        """The NodeOverlays that Karpenter applies, in its order; none for a release that knows none."""
        return tuple(each for each in self._all_overlays if each.name not in self.overlay_conflicts)

    @cached_property
    def _all_overlays(self) -> tuple[NodeOverlay, ...]:
        if "NodeOverlay" not in self.karpenter.feature_gates:
            return ()
        overlays = (read_node_overlay(each.cursor) for each in self.of_kind(vocabulary.KARPENTER_GROUP, "NodeOverlay"))
        return tuple(in_order({each.name: each for each in overlays}.values()))

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """All that makes pods."""
        runtime_classes = {each.name: each.cursor for each in self.of_kind("node.k8s.io", "RuntimeClass")}
        volumes = Volumes(self.objects)
        return tuple(workload for each in self.objects for workload in read_workloads(each, runtime_classes, volumes))

    @cached_property
    def device_plugins(self) -> tuple[tuple[DevicePlugin, Workload], ...]:
        """The DaemonSets that register devices, or find out features of nodes for those that do."""
        daemon_sets = (workload for workload in self.workloads if workload.is_daemon)
        found = ((device_plugin(workload), workload) for workload in daemon_sets)
        return tuple((plugin, workload) for plugin, workload in found if plugin is not None)

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """The NodePools."""
        manifests = self._pool_manifests
        shared_pools: dict[object, tuple[PoolInstanceTypes, Registration]] = {}
        pools = []
        titles = distinct_names([(spec.name, each) for spec, each in zip(self._node_pools, manifests, strict=True)])
        found = zip(manifests, titles, self._node_pools, self._classes, self._daemon_sets, strict=True)
        for manifest, title, spec, (class_manifest, node_class, alike, types), daemon_sets in found:
            overlays = overlaid(spec, types, self.node_overlays)
            named = Requirements(each for each in spec.requirements.values() if each.key != vocabulary.NODE_POOL)
            limits = tuple(sorted(spec.limits.items()))
            identity = (named, spec.taints, limits, spec.replicas == 0, alike, overlays, tuple(map(id, daemon_sets)))
            if identity not in shared_pools:
                nameless = replace(spec, name="", requirements=named)
                instance_types = PoolInstanceTypes(nameless, OverlaidInstanceTypes(types, overlays), daemon_sets)
                shared_pools[identity] = (instance_types, Registration(instance_types, self.device_plugins))
            pools.append(Pool(manifest, title, spec, node_class, class_manifest, *shared_pools[identity]))
        return tuple(pools)

    @cached_property
    def _classes(self) -> list[tuple[KubernetesObject | None, NodeClass, str, NodeClassInstanceTypes]]:
        """For each pool its node class: the manifest, what it says, by what classes are alike, and the types."""
        by_name: dict[str, list[KubernetesObject]] = {}
        for each in self.node_classes:
            by_name.setdefault(each.name, []).append(each)
        classes = []
        for spec, pool in zip(self._node_pools, self._pool_manifests, strict=True):
            manifest = None if not_evaluated(spec) else nearest_class(by_name.get(spec.node_class, ()), pool)
            node_class = read_node_class(manifest.cursor, self.karpenter.minor) if manifest else unknown_class(spec)
            # Reservation ids matter only if something asks for them: most pools have one of their own.
            ids = node_class.reservation_ids if self._asks_for_reservations else None
            nameless = replace(node_class, name="", reservation_ids=ids)
            alike = repr(nameless)  # it holds dicts, and so has no hash
            classes.append((manifest, node_class, alike, self._types_of(nameless, alike)))
        return classes

    @property
    def _evaluated(self) -> list[tuple[NodePool, NodeClassInstanceTypes]]:
        classes = zip(self._node_pools, self._classes, strict=True)
        return [(spec, types) for spec, (_, _, _, types) in classes if not_evaluated(spec) is None]

    def _types_of(self, node_class: NodeClass, alike: str) -> NodeClassInstanceTypes:
        """Return the instance types under a node class. Clusters of one base have many classes that are alike."""
        key = (alike, self.karpenter.minor, id(self.catalogue))
        types = _TYPES.pop(key, None) or NodeClassInstanceTypes(node_class, self.catalogue, self.karpenter.minor)
        _TYPES[key] = types  # The last one now: the first is the one that was not used for longest.
        if len(_TYPES) > _MOST_TYPES:
            del _TYPES[next(iter(_TYPES))]
        return types

    @cached_property
    def labels_of_pools(self) -> frozenset[str]:
        """The labels that some of the pools define."""
        return frozenset(key for pool in self._node_pools for key in pool.requirements)

    @cached_property
    def folders_of_pools(self) -> frozenset[str]:
        """The folders and kustomizations that the pools are applied with."""
        return frozenset(manifest.applied_with for manifest in self._pool_manifests)

    @cached_property
    def _pool_manifests(self) -> tuple[KubernetesObject, ...]:
        return self.of_kind(vocabulary.KARPENTER_GROUP, "NodePool")

    @cached_property
    def _node_pools(self) -> tuple[NodePool, ...]:
        return tuple(read_node_pool(manifest.cursor) for manifest in self._pool_manifests)

    @cached_property
    def _asks_for_reservations(self) -> bool:
        """Whether a pool or a pod asks for capacity reservations by their ids."""
        key = vocabulary.CAPACITY_RESERVATION_ID
        return any(key in pool.requirements for pool in self._node_pools) or any(
            key in workload.pod.selected_labels for workload in self.workloads
        )

    @cached_property
    def _index(self) -> PoolIndex:
        return PoolIndex(pool.requirements for pool in self._node_pools)

    @cached_property
    def _daemon_sets(self) -> Sequence[tuple[DaemonSets, ...]]:
        """For each pool, the DaemonSets that may land on it."""
        by_pool: list[list[DaemonSets]] = [[] for _ in self._node_pools]
        for daemon_sets in scheduled_alike(each.pod for each in self.workloads if each.is_daemon):
            for place in self._index.candidates(daemon_sets.terms):
                by_pool[place].append(daemon_sets)
        return [tuple(each) for each in by_pool]

    def candidates(self, workload: Workload) -> Sequence[Pool]:
        """Return the pools that the labels which the workload selects do not rule out at once."""
        return [self.pools[place] for place in self._index.candidates(workload.pod.terms)]

    @cached_property
    def _near(self) -> dict[int, list[Workload]]:
        pods = (each.without_huge_pages for each in self.workloads if not each.is_daemon)
        distinct = {each.pod.identity: each for each in pods}
        near: dict[int, list[Workload]] = {id(pool): [] for pool in self.pools}
        for workload in distinct.values():
            for pool in self.candidates(workload):
                near[id(pool)].append(workload)
        return near

    def near(self, pool: Pool) -> Sequence[Workload]:
        """Return the workloads, without huge pages and one of those alike, that labels do not keep off the pool."""
        return self._near[id(pool)]

    def fit(self, pool: Pool, workload: Workload) -> Fit:
        """Return which of the pool's instance types can host the workload's pods, and why the others cannot."""
        pod = workload.pod
        if vocabulary.NODE_POOL in pod.selected_labels:
            asked = [requirement for requirement in pod.asked_of(vocabulary.NODE_POOL) if requirement is not None]
            if all(pool.name in requirement for requirement in asked):
                pod = self._nameless(workload)
            else:  # what the pool's name rules out is said with its name
                types = pool.instance_types
                named = PoolInstanceTypes(pool.spec, types.overlaid, types.daemon_sets)
                return (Registration(named, self.device_plugins) if workload.is_daemon else named).fit(pod)
        key = (id(pool.instance_types), self._number(pod, is_daemon=workload.is_daemon))
        if key not in self._fits:
            self._fits[key] = (pool.registration if workload.is_daemon else pool.instance_types).fit(pod)
        return self._fits[key]

    def _nameless(self, workload: Workload) -> Pod:
        if id(workload) not in self._without_name:
            self._kept.append(workload)
            self._without_name[id(workload)] = workload.pod.without(vocabulary.NODE_POOL)
        return self._without_name[id(workload)]

    def _number(self, pod: Pod, *, is_daemon: bool) -> int:
        """Return a number that pods share when they ask for the same."""
        if id(pod) not in self._numbers:
            self._kept.append(pod)
            identity = (is_daemon, pod.identity)
            self._numbers[id(pod)] = self._identities.setdefault(identity, len(self._identities))
        return self._numbers[id(pod)]

    def hosts(self, workload: Workload) -> tuple[Pool, ...]:
        """Return the pools that can host the workload's pods, as far as their instance types are known."""
        number = self._number(workload.pod, is_daemon=workload.is_daemon)
        if number not in self._hosts:
            self._hosts[number] = tuple(
                pool
                for pool in self.candidates(workload)
                if pool.not_evaluated is None and self.fit(pool, workload).type_set
            )
        return self._hosts[number]

    def may_host(self, pool: Pool, workload: Workload) -> bool:
        """Return whether the pool may host the pods by what is not known of it: it has the benefit of the doubt."""
        if pool.not_evaluated or pool.has_placeholder:
            return True
        kept = self.kept_off_unknown(pool, workload)
        return bool(kept) and not all(kept.values())

    def kept_off_unknown(self, pool: Pool, workload: Workload) -> Mapping[str, Reasons]:
        """Return what keeps the pods off each type that pool or pods name and the facts do not have, if known."""
        named = self._names_unknown.get(id(workload.pod))
        if named is None:
            named = self._names_unknown[id(workload.pod)] = names_unknown(workload.pod, self.catalogue)
        if not (named or pool.unknown_types):
            return {}
        return kept_off(pool, workload.pod, is_daemon=workload.is_daemon)

    def may_have_host(self, workload: Workload) -> bool:
        """Return whether any pool can host the pods, or may do so by what is not known of it."""
        return bool(self.hosts(workload)) or any(self.may_host(pool, workload) for pool in self.candidates(workload))

    def newer_types(self, workload: Workload) -> tuple[UnknownValue, ...]:
        """Return the values that pods name and no known instance type has, where only such a type may host them."""
        kept = (self.kept_off_unknown(pool, workload) for pool in self.candidates(workload))
        if self.hosts(workload) or not any(not why for each in kept for why in each.values()):
            return ()
        asked = [requirement for term in workload.pod.terms for requirement in term.values()]
        return tuple(dict.fromkeys(value for requirement in asked for value in unknown_values(requirement)))

    def running_hosts(self, workload: Workload) -> tuple[Pool, ...]:
        """Return the static pools whose nodes, which are there, host the pods by labels that appear when they run."""
        return tuple(pool for pool in self.hosts(workload.without_run_time_labels) if pool.spec.replicas is not None)

    def launch(self, workload: Workload, among: Collection[Pool] | None = None) -> Launch | None:
        """Return what Karpenter launches for a pod: from the heaviest pool of those that its first attempt finds.

        `among` are the pools that there are, where that is not all of them.

        Source: `OrderByWeight` of kubernetes-sigs/karpenter v1.14.1: by weight, then by name, both descending. Static
        pools make no nodes for pods.
        """
        hosts = [pool for pool in self.hosts(workload) if pool.spec.replicas is None]
        if among is not None:
            hosts = [pool for pool in hosts if pool in among]
        if workload.is_daemon or workload.node_name or not hosts:
            return None
        attempts = {pool: self.fit(pool, workload).attempt for pool in hosts}
        first = min(attempts.values())
        pool = max((each for each in hosts if attempts[each] == first), key=lambda each: (each.spec.weight, each.name))
        return Launch(pool, self.fit(pool, workload))
