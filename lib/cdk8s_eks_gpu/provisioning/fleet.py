"""The pools of the manifests with the machines they admit, and which pods can run on them.

Pools that differ in name only are reckoned with once, and pods that select labels of their own are compared only with
the pools that have them: the cost grows with the manifests, not with pools times pods.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests.field import Field
from cdk8s_eks_gpu.provisioning.hosting import Hosting, PoolOfTypes
from cdk8s_eks_gpu.provisioning.label_index import LabelIndex
from cdk8s_eks_gpu.provisioning.node_class import NodeClass, read_node_class
from cdk8s_eks_gpu.provisioning.node_pool import NodePool, read_node_pool
from cdk8s_eks_gpu.provisioning.resources import add
from cdk8s_eks_gpu.requirements import Operator, Requirements

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.pod_specs import PodSpec
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.requirements import Requirement, Taint

HUGE_PAGES = "hugepages-"

ACCELERATORS = (vocabulary.GPU, vocabulary.EFA, vocabulary.AMD_GPU, vocabulary.NEURON, vocabulary.GAUDI)
"""The resources for which a pod needs a machine of a certain kind."""


@dataclass(frozen=True, eq=False)
class Pool:
    """A NodePool of the manifests.

    Attributes:
        manifest: Its manifest.
        node_pool: What Karpenter knows of its nodes.
        node_class: What its node class changes.
        node_class_manifest: The manifest of its node class, if there is one.
        over_types: The pool over all instance types, as if it had no name: shared with pools that are otherwise equal.
    """

    manifest: KubernetesObject
    node_pool: NodePool
    node_class: NodeClass
    node_class_manifest: KubernetesObject | None
    over_types: PoolOfTypes

    @property
    def name(self) -> str:
        """Return its name."""
        return self.node_pool.name

    @cached_property
    def is_foreign(self) -> bool:
        """Return whether the facts say nothing of its machines: they run Windows, or EKS Auto Mode makes them."""
        group = self.manifest.get("spec", "template", "spec", "nodeClassRef", "group")
        return "linux" not in self.requirement(vocabulary.OS) or group not in (vocabulary.NODE_CLASS_GROUP, None)

    @cached_property
    def is_judged(self) -> bool:
        """Return whether the facts cover the pool.

        Where a pool names types or families that the facts do not list, what it admits is not known.
        """
        return not self.is_foreign and not any(
            one.operator is Operator.IN and not one.values <= catalogue().label_values(one.key)
            for one in map(self.requirement, (vocabulary.INSTANCE_TYPE, vocabulary.INSTANCE_FAMILY))
        )

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """Return the instance types that it admits; none where the facts say nothing of its machines."""
        return () if self.is_foreign else self.over_types.types

    @cached_property
    def required_types(self) -> tuple[InstanceType, ...]:
        """Return the instance types that satisfy its requirements, before limits, node class and minValues."""
        return () if self.is_foreign else catalogue().admitted(self.node_pool.requirements)

    @property
    def taints(self) -> tuple[Taint, ...]:
        """Return the taints that its nodes keep."""
        return self.node_pool.taints

    def requirement(self, key: str) -> Requirement:
        """Return what the pool asks of a label."""
        return self.node_pool.requirements.allowed(key)

    def admits(self, resource: str) -> tuple[InstanceType, ...]:
        """Return the types it admits that have the resource."""
        return tuple(one for one in self.types if one.count(resource))


class Fleet:
    """All pools, and the question which of them can host a pod."""

    def __init__(
        self,
        pools: Sequence[KubernetesObject],
        node_classes: Sequence[KubernetesObject],
        pods: Sequence[PodSpec],
        overlaid: Collection[str] = (),
    ) -> None:
        """Read the pools; what in them cannot be read counts as absent, since the schema checks say so.

        Resources that NodeOverlays add are taken to be there in any amount. So are huge pages, of which Karpenter
        knows none: that has a check of its own, and a pod that lacks nothing else shall have the other checks too.
        """
        self._overlaid = frozenset(overlaid)
        classes = {one.name: one for one in node_classes}
        read = [read_node_pool(Field(manifest.data, "", [])) for manifest in pools]
        self._index = LabelIndex(one.requirements for one in read)
        daemons = self._daemons([one.workload for one in pods if one.workload.is_daemon], len(read))
        shared: dict[tuple[object, ...], PoolOfTypes] = {}
        self.pools = tuple(
            _pool(manifest, node_pool, classes.get(node_pool.node_class), landing, shared)
            for manifest, node_pool, landing in zip(pools, read, daemons, strict=True)
        )
        self._numbers: dict[tuple[object, ...], int] = {}
        self._number_of: dict[int, int] = {}
        self._hosted: dict[tuple[int, int], Hosting] = {}
        self._hosts: dict[int, tuple[Pool, ...]] = {}

    def _daemons(self, workloads: Sequence[Workload], pools: int) -> Sequence[tuple[Workload, ...]]:
        """Return for each pool the DaemonSets that may land on it; those that land alike are added up to one."""
        alike: dict[tuple[object, ...], list[Workload]] = {}
        for one in workloads:
            alike.setdefault((one.alternatives, one.tolerations), []).append(one)
        landing: list[list[Workload]] = [[] for _ in range(pools)]
        for ones in alike.values():
            together = replace(ones[0], requests=add(one.requests for one in ones))
            for place in self._index.candidates(together.alternatives):
                landing[place].append(together)
        return [tuple(ones) for ones in landing]

    def hosting(self, pool: Pool, pods: PodSpec) -> Hosting:
        """Return which types of the pool can host the pods, by all but the pool's name."""
        key = (id(pool.over_types), self._number(pods))
        if key not in self._hosted:
            self._hosted[key] = pool.over_types.host(self._asking(pods))
        return self._hosted[key]

    def hosts(self, pods: PodSpec) -> tuple[Pool, ...]:
        """Return the pools that can host the pods."""
        number = self._number(pods)
        if number not in self._hosts:
            candidates = self.candidates(pods.workload)
            self._hosts[number] = tuple(pool for pool in candidates if self.hosting(pool, pods).types)
        return self._hosts[number]

    def has_host(self, pods: PodSpec) -> bool:
        """Return whether any pool can host the pods; one that the facts do not cover has the benefit of the doubt."""
        candidates = self.candidates(pods.workload)
        return any(not pool.is_judged or self.hosting(pool, pods).types for pool in candidates)

    def _asking(self, pods: PodSpec) -> Workload:
        """Return the pods without the resources that are taken to be there."""
        one = pods.workload
        taken = {name for name in one.requests if name in self._overlaid or name.startswith(HUGE_PAGES)}
        return (
            one
            if not taken
            else replace(one, requests={name: amount for name, amount in one.requests.items() if name not in taken})
        )

    def _number(self, pods: PodSpec) -> int:
        """Return a number that pods share when they ask for the same."""
        if id(pods) not in self._number_of:
            one = self._asking(pods)
            asked = (one.kind == "DaemonSet", one.alternatives, one.tolerations, tuple(sorted(one.requests.items())))
            self._number_of[id(pods)] = self._numbers.setdefault(asked, len(self._numbers))
        return self._number_of[id(pods)]

    def candidates(self, workload: Workload) -> Sequence[Pool]:
        """Return the pools that the labels which the workload selects do not rule out at once."""
        return [self.pools[place] for place in self._index.candidates(workload.alternatives)]


def _pool(
    manifest: KubernetesObject,
    node_pool: NodePool,
    class_manifest: KubernetesObject | None,
    daemons: tuple[Workload, ...],
    shared: dict[tuple[object, ...], PoolOfTypes],
) -> Pool:
    node_class = read_node_class(Field(class_manifest.data, "", [])) if class_manifest else NodeClass("")
    nameless = Requirements(one for one in node_pool.requirements.values() if one.key != vocabulary.NODE_POOL)
    limits = tuple(sorted(node_pool.limits.items()))
    alike = repr(replace(node_class, name=""))  # it holds dicts, and so has no hash
    identity = (nameless, node_pool.taints, limits, alike, tuple(map(id, daemons)))
    if identity not in shared:
        pool = replace(node_pool, name="", requirements=nameless)
        shared[identity] = PoolOfTypes(pool, node_class, catalogue(), daemons)
    return Pool(manifest, node_pool, node_class, class_manifest, shared[identity])
