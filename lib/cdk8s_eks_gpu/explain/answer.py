"""The answer to "which instance types will I get?", for every pool and workload of a cluster."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field

from cdk8s_eks_gpu.explain.capacity import CapacityAnswer, explain_capacity
from cdk8s_eks_gpu.explain.remarks import remarks
from cdk8s_eks_gpu.manifests.kubernetes_object import distinct_names
from cdk8s_eks_gpu.provisioning.gates import NeededGate, needed_gates
from cdk8s_eks_gpu.provisioning.slips import LikelyLabel, NoNodeClass, UnknownValue, no_node_class, slips
from cdk8s_eks_gpu.provisioning.traps import TrapMatch, matching_traps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.cluster import Cluster, Launch
    from cdk8s_eks_gpu.provisioning.fit import Fit
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.reasons import Reasons
    from cdk8s_eks_gpu.provisioning.workload import Workload


class PoolError(Struct, frozen=True):
    """An error of `check` about the nodes of a pool: they are not launched, never join or have no devices.

    Attributes:
        rule: The rule's id.
        message: What is wrong.
        launches: Whether Karpenter launches nodes all the same; otherwise the node class never gets ready.
        resources: The devices that the nodes do not have; None where no pod runs there at all.
    """

    rule: str
    message: str
    launches: bool = True
    resources: frozenset[str] | None = None

    def concerns(self, workload: Workload) -> bool:
        """Return whether a workload is kept off the nodes by it."""
        return not workload.is_daemon and (self.resources is None or workload.asks_for(*self.resources))


class PoolAnswer(Struct, frozen=True):
    """What a pool launches.

    Attributes:
        pool: The pool, with its instance types and what leaves others out.
        traps: The traps among its types.
        slips: What is probably a slip in its requirements.
        capacity: Where its nodes come from, and when they end; None for a pool that is not evaluated.
        errors: What `check` has against its nodes.
    """

    pool: Pool
    traps: tuple[TrapMatch, ...]
    slips: tuple[UnknownValue | LikelyLabel | NoNodeClass, ...]
    capacity: CapacityAnswer | None = None
    errors: tuple[PoolError, ...] = ()

    @property
    def launches(self) -> bool:
        """Whether Karpenter launches nodes from it, as far as the node class is concerned."""
        no_class = any(isinstance(slip, NoNodeClass) for slip in self.slips)
        return not no_class and all(error.launches for error in self.errors)


class WorkloadAnswer(Struct, frozen=True):
    """Where a workload can run.

    Attributes:
        name: KIND/NAME.
        workload: The workload.
        fits: For each pool by name, which of its types can host it, and why the others cannot.
        traps: For each pool by name, the traps among the types that can host it.
        launch: What Karpenter launches for one of its pods; None for a DaemonSet, and where no pool can host it.
        unknown_types: For each pool by name, the types that it names and the facts do not have, and what keeps the
            workload off each: no reason where it may run there, as far as is known.
        unknown_pools: The pools that may host it by what is not known of them.
        errors: For each pool by name that could host it, the rules by which `check` says that its nodes will not.
        remarks: That it is for nodes of others, which `check` leaves alone; where Karpenter differs from the answer.
    """

    name: str
    workload: Workload
    fits: Mapping[str, Fit]
    traps: Mapping[str, tuple[TrapMatch, ...]]
    launch: Launch | None
    unknown_types: Mapping[str, Mapping[str, Reasons]]
    unknown_pools: tuple[Pool, ...]
    remarks: tuple[str, ...] = ()
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Answer(Struct, frozen=True):
    """All pools and workloads, in the order of the manifests, as a minor version of Karpenter sees them.

    Attributes:
        pools: The pools.
        workloads: The workloads.
        karpenter: The minor version.
        refused: The objects of which nothing is said, since they would be refused, by KIND/NAME: the reasons.
        needed_gates: What the objects need feature gates for that are off by default: the answer is for these being on.
    """

    pools: tuple[PoolAnswer, ...]
    workloads: tuple[WorkloadAnswer, ...]
    karpenter: str
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needed_gates: tuple[NeededGate, ...] = ()


def explain(
    cluster: Cluster,
    last: int | None = None,
    refused: Mapping[KubernetesObject, tuple[str, ...]] = MappingProxyType({}),
    errors: Mapping[KubernetesObject, tuple[PoolError, ...]] = MappingProxyType({}),
) -> Answer:
    """Return what the pools of a cluster launch, and where its workloads can run.

    Args:
        cluster: The manifests, those that would be refused among them: their mistakes do not change the others' answer.
        last: Of the workloads only so many of the last ones.
        refused: The objects that would be refused, with the reasons: nothing is said of them.
        errors: What `check` has against the nodes of pools, by their manifests.
    """
    asked = cluster.workloads if last is None else cluster.workloads[-last:]
    pools = [pool for pool in cluster.pools if pool.manifest not in refused]
    named = [(name, workload) for name, workload in _named(asked) if workload.object not in refused]
    answers = tuple(_explain_pool(pool, cluster.node_classes, errors) for pool in pools)
    ready = [each.pool for each in answers if each.launches]
    launching = None if len(ready) == len(cluster.pools) else frozenset(ready)
    refused_names = distinct_names([(f"{each.kind}/{each.name}", each) for each in refused])
    return Answer(
        answers,
        tuple(_explain_workload(cluster, answers, launching, name, workload) for name, workload in named),
        cluster.karpenter.minor,
        dict(zip(refused_names, refused.values(), strict=True)),
        tuple(
            needed
            for each in cluster.objects
            if each not in refused
            for needed in needed_gates(each, cluster.karpenter)
        ),
    )


def _explain_pool(
    pool: Pool, node_classes: Collection[KubernetesObject], errors: Mapping[KubernetesObject, tuple[PoolError, ...]]
) -> PoolAnswer:
    no_class = no_node_class(pool, node_classes)
    missing = () if no_class is None else (no_class,)
    if pool.not_evaluated:
        return PoolAnswer(pool, (), missing)
    traps = matching_traps(pool.instance_types.launchable, pool.spec.requirements, ami_alias=pool.node_class.ami_alias)
    return PoolAnswer(pool, traps, (*missing, *slips(pool.spec)), explain_capacity(pool), errors.get(pool.manifest, ()))


def _explain_workload(
    cluster: Cluster, answers: Sequence[PoolAnswer], launching: frozenset[Pool] | None, name: str, workload: Workload
) -> WorkloadAnswer:
    pools = [each.pool for each in answers if not each.pool.not_evaluated]
    fits = {pool.title: cluster.fit(pool, workload) for pool in pools}
    traps = {pool.title: _traps(fits[pool.title], pool, workload) for pool in pools}
    unknown_types = {pool.title: cluster.kept_off_unknown(pool, workload) for pool in pools}
    unknown = tuple(pool for pool in pools if cluster.may_host(pool, workload))
    errors = {
        each.pool.title: rules
        for each in answers
        if (rules := tuple(error.rule for error in each.errors if error.concerns(workload)))
        and fits[each.pool.title].type_set
    }
    return WorkloadAnswer(
        name,
        workload,
        fits,
        traps,
        cluster.launch(workload, launching),
        unknown_types,
        unknown,
        tuple(remarks(cluster, workload, launching, errors)),
        errors,
    )


def _traps(fit: Fit, pool: Pool, workload: Workload) -> tuple[TrapMatch, ...]:
    """Return the traps for a pod, unless it is a DaemonSet's, which belongs wherever it lands."""
    if workload.is_daemon or not fit.type_set:
        return ()
    terms = workload.pod.terms
    chosen = pool.spec.requirements & terms[0] if len(terms) == 1 else pool.spec.requirements
    return matching_traps(fit.type_set, chosen, workload.pod.requests, ami_alias=pool.node_class.ami_alias)


def _named(workloads: Sequence[Workload]) -> Iterator[tuple[str, Workload]]:
    """Return each workload with its name: KIND/NAME, with the namespace between them where two share that."""
    shared = Counter(map(str, workloads))
    named = []
    for workload in workloads:
        name = str(workload)
        if shared[name] > 1:
            name = f"{workload.kind}/{workload.namespace or 'default'}/{workload.name}"
        named.append((name, workload.object))
    return zip(distinct_names(named), workloads, strict=True)
