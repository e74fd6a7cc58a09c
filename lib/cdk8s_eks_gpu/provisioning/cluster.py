"""All that the manifests say of nodes and pods, and the questions that every command asks of it.

Pods that select labels of their own are compared only with the pools that have them: the cost grows with the manifests,
not with pools times pods.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue_for
from cdk8s_eks_gpu.provisioning.beside import Beside
from cdk8s_eks_gpu.provisioning.daemon_overhead import DaemonSets, scheduled_alike
from cdk8s_eks_gpu.provisioning.device_plugins import DevicePlugin, device_plugin
from cdk8s_eks_gpu.provisioning.node_overlay import NodeOverlay, conflicts, in_order, read_node_overlay
from cdk8s_eks_gpu.provisioning.node_pool import NodePool, not_evaluated, read_node_pool
from cdk8s_eks_gpu.provisioning.pool_index import PoolIndex
from cdk8s_eks_gpu.provisioning.pool_instance_types import PoolInstanceTypes
from cdk8s_eks_gpu.provisioning.pools import PoolWithClass, with_instance_types, with_node_classes
from cdk8s_eks_gpu.provisioning.registration import Registration
from cdk8s_eks_gpu.provisioning.slips import UnknownValue, unknown_values
from cdk8s_eks_gpu.provisioning.unknown_types import kept_off, names_unknown
from cdk8s_eks_gpu.provisioning.workload import Workload, read_workloads
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, karpenter_release

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.fit import Fit
    from cdk8s_eks_gpu.provisioning.pod import Pod
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.reasons import Reasons


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

    def __init__(
        self, objects: Iterable[KubernetesObject], karpenter: str = DEFAULT_KARPENTER, *, on_eks: bool = True
    ) -> None:
        """Take the objects, the version of Karpenter that runs there, and whether the API server is that of EKS.

        What in the objects cannot be read counts as absent: `admission` says that it is refused.

        Raises:
            UnknownNameError: Nothing is known of the Karpenter version.
        """
        self.objects = tuple(objects)
        self._on_eks = on_eks
        self.karpenter = karpenter_release(karpenter)
        self.catalogue = catalogue_for(self.karpenter.minor)
        self._fits: dict[tuple[PoolInstanceTypes, int], Fit] = {}
        self._hosts: dict[int, tuple[Pool, ...]] = {}
        self._names_unknown: dict[Pod, bool] = {}
        self._numbers: dict[Pod, int] = {}
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
        evaluated = [(each.spec, each.types) for each in self._with_classes if not_evaluated(each.spec) is None]
        return conflicts(self._all_overlays, evaluated)

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
        beside = Beside(self.objects, on_eks=self._on_eks)
        return tuple(workload for each in self.objects for workload in read_workloads(each, beside))

    @cached_property
    def device_plugins(self) -> tuple[tuple[DevicePlugin, Workload], ...]:
        """The DaemonSets that register devices, or find out features of nodes for those that do."""
        daemon_sets = (workload for workload in self.workloads if workload.is_daemon)
        found = ((device_plugin(workload), workload) for workload in daemon_sets)
        return tuple((plugin, workload) for plugin, workload in found if plugin is not None)

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """The NodePools."""
        return with_instance_types(self._with_classes, self.node_overlays, self._daemon_sets, self.device_plugins)

    @cached_property
    def _with_classes(self) -> list[PoolWithClass]:
        key = vocabulary.CAPACITY_RESERVATION_ID
        asked = any(key in pool.requirements for _, pool in self._node_pools) or any(
            key in workload.pod.selected_labels for workload in self.workloads
        )
        pools, karpenter = self._node_pools, self.karpenter.minor
        return with_node_classes(pools, self.node_classes, self.catalogue, karpenter, reservation_ids=asked)

    @cached_property
    def labels_of_pools(self) -> frozenset[str]:
        """The labels that some of the pools define."""
        return frozenset(key for _, pool in self._node_pools for key in pool.requirements)

    @cached_property
    def folders_of_pools(self) -> frozenset[str]:
        """The folders and kustomizations that the pools are applied with."""
        return frozenset(manifest.applied_with for manifest, _ in self._node_pools)

    @cached_property
    def _node_pools(self) -> tuple[tuple[KubernetesObject, NodePool], ...]:
        manifests = self.of_kind(vocabulary.KARPENTER_GROUP, "NodePool")
        return tuple((manifest, read_node_pool(manifest.cursor)) for manifest in manifests)

    @cached_property
    def _index(self) -> PoolIndex:
        return PoolIndex(pool.requirements for _, pool in self._node_pools)

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
    def _near(self) -> dict[Pool, list[Workload]]:
        pods = (each.without_huge_pages for each in self.workloads if not each.is_daemon)
        distinct = {each.pod.identity: each for each in pods}
        near: dict[Pool, list[Workload]] = {pool: [] for pool in self.pools}
        for workload in distinct.values():
            for pool in self.candidates(workload):
                near[pool].append(workload)
        return near

    def near(self, pool: Pool) -> Sequence[Workload]:
        """Return the workloads, without huge pages and one of those alike, that labels do not keep off the pool."""
        return self._near[pool]

    def fit(self, pool: Pool, workload: Workload) -> Fit:
        """Return which of the pool's instance types can host the workload's pods, and why the others cannot."""
        pod = workload.pod
        if vocabulary.NODE_POOL in pod.selected_labels:
            asked = [requirement for requirement in pod.asked_of(vocabulary.NODE_POOL) if requirement is not None]
            if all(pool.name in requirement for requirement in asked):
                pod = workload.pod_without_name
            else:  # what the pool's name rules out is said with its name
                types = pool.instance_types
                named = PoolInstanceTypes(pool.spec, types.overlaid, types.daemon_sets)
                return (Registration(named, self.device_plugins) if workload.is_daemon else named).fit(pod)
        key = (pool.instance_types, self._number(pod, is_daemon=workload.is_daemon))
        if key not in self._fits:
            self._fits[key] = (pool.registration if workload.is_daemon else pool.instance_types).fit(pod)
        return self._fits[key]

    def _number(self, pod: Pod, *, is_daemon: bool) -> int:
        """Return a number that pods share when they ask for the same."""
        if pod not in self._numbers:
            identity = (is_daemon, pod.identity)
            self._numbers[pod] = self._identities.setdefault(identity, len(self._identities))
        return self._numbers[pod]

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
        if workload.pod not in self._names_unknown:
            self._names_unknown[workload.pod] = names_unknown(workload.pod, self.catalogue)
        if not (self._names_unknown[workload.pod] or pool.unknown_types):
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
