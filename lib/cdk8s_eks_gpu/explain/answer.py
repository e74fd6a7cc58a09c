"""The answer to "which instance types will I get?", for every pool and workload of a cluster."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.explain.capacity import explain_capacity
from cdk8s_eks_gpu.provisioning.slips import slips
from cdk8s_eks_gpu.provisioning.traps import matching_traps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.explain.capacity import CapacityAnswer
    from cdk8s_eks_gpu.provisioning.cluster import Cluster, Launch
    from cdk8s_eks_gpu.provisioning.hosting import Hosting
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.slips import LikelyLabel, UnknownValue
    from cdk8s_eks_gpu.provisioning.traps import TrapMatch
    from cdk8s_eks_gpu.provisioning.workload import Workload


class PoolAnswer(Struct, frozen=True):
    """What a pool launches.

    Attributes:
        pool: The pool, with its instance types and what leaves others out.
        traps: The traps among its types.
        slips: What is probably a slip in its requirements.
        capacity: Where its nodes come from, and when they end; None for a pool that is not evaluated.
    """

    pool: Pool
    traps: tuple[TrapMatch, ...]
    slips: tuple[UnknownValue | LikelyLabel, ...]
    capacity: CapacityAnswer | None = None


class WorkloadAnswer(Struct, frozen=True):
    """Where a workload can run.

    Attributes:
        name: KIND/NAME.
        workload: The workload.
        hosting: For each pool by name, which of its types can host it, and why the others cannot.
        traps: For each pool by name, the traps among the types that can host it.
        launch: What Karpenter launches for one of its pods; None for a DaemonSet, and where no pool can host it.
        unknown_pools: The pools of which not all types are known.
    """

    name: str
    workload: Workload
    hosting: Mapping[str, Hosting]
    traps: Mapping[str, tuple[TrapMatch, ...]]
    launch: Launch | None
    unknown_pools: tuple[Pool, ...]


class Answer(Struct, frozen=True):
    """All pools and workloads, in the order of the manifests, as a minor version of Karpenter sees them."""

    pools: tuple[PoolAnswer, ...]
    workloads: tuple[WorkloadAnswer, ...]
    karpenter: str


def explain(cluster: Cluster, last: int | None = None) -> Answer:
    """Return what the pools of a cluster launch, and where its workloads can run; or only so many of the last ones."""
    asked = cluster.workloads if last is None else cluster.workloads[-last:]
    return Answer(
        tuple(_explain_pool(pool) for pool in cluster.pools),
        tuple(_explain_workload(cluster, name, workload) for name, workload in _named(asked)),
        cluster.karpenter.minor,
    )


def _explain_pool(pool: Pool) -> PoolAnswer:
    if pool.not_evaluated:
        return PoolAnswer(pool, (), ())
    traps = matching_traps(pool.instance_types.launchable, pool.spec.requirements, ami_alias=pool.node_class.ami_alias)
    return PoolAnswer(pool, traps, tuple(slips(pool.spec)), explain_capacity(pool))


def _explain_workload(cluster: Cluster, name: str, workload: Workload) -> WorkloadAnswer:
    pools = [pool for pool in cluster.pools if not pool.not_evaluated]
    hosting = {pool.name: cluster.hosting(pool, workload) for pool in pools}
    traps = {pool.name: _traps(hosting[pool.name], pool, workload) for pool in pools}
    unknown = tuple(pool for pool in pools if not pool.is_known)
    return WorkloadAnswer(name, workload, hosting, traps, cluster.launch(workload), unknown)


def _traps(hosting: Hosting, pool: Pool, workload: Workload) -> tuple[TrapMatch, ...]:
    """Return the traps for a pod, unless it is a DaemonSet's, which belongs wherever it lands."""
    if workload.is_daemon or not hosting.type_set:
        return ()
    terms = workload.pod.terms
    chosen = pool.spec.requirements & terms[0] if len(terms) == 1 else pool.spec.requirements
    return matching_traps(hosting.type_set, chosen, workload.pod.requests, ami_alias=pool.node_class.ami_alias)


def _named(workloads: Sequence[Workload]) -> Iterator[tuple[str, Workload]]:
    """Yield each workload with its name: KIND/NAME, with the namespace between them where two share that."""
    shared = Counter(map(str, workloads))
    for workload in workloads:
        name = str(workload)
        if shared[name] > 1:
            name = f"{workload.kind}/{workload.namespace or 'default'}/{workload.name}"
        yield name, workload
