"""The pools that pods with EFA run on: can the nodes reach each other, and do they stay?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.preflight.checks.names import REQUIREMENTS, owner, place_of_requirement, some_types
from cdk8s_eks_gpu.provisioning.offerings import SPOT
from cdk8s_eks_gpu.requirements import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


ZONES = Rule(
    "efa/zones",
    Severity.WARNING,
    "Several pods that talk over EFA may be spread over zones.",
    "EFA's traffic does not leave its subnet, let alone its zone: pods in different zones fall back to TCP, or fail.",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-limits",
    "Pin the pool to one zone (topology.kubernetes.io/zone), use a cluster placement group, or give the pods a required"
    " pod affinity with that topology key.",
)
SPOT_IN_ONE_ZONE = Rule(
    "efa/spot-in-one-zone",
    Severity.WARNING,
    "A pool for pods with EFA buys spot in one zone.",
    (
        "Large types are rarely available as spot in a given zone, and EFA needs all nodes in one. One interruption,"
        " two minutes ahead, ends the job on all of them."
    ),
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-best-practices.html",
    "Use a capacity reservation, a capacity block or on-demand; or let jobs write checkpoints that they start again"
    " from, and keep the finding with that reason.",
)
OVERLAP = Rule(
    "efa/overlapping-pools",
    Severity.WARNING,
    "A pool whose nodes all have EFA and one whose nodes have none take the same pods.",
    "Pods without EFA fill the expensive nodes, and Karpenter chooses between the pools at random.",
    "https://karpenter.sh/docs/concepts/nodepools/",
    "Give the EFA pool a taint of its own, or give one of the two a weight.",
)

_ZONES = (vocabulary.ZONE, vocabulary.ZONE_ID, vocabulary.CAPACITY_RESERVATION_ID)


def check(context: Context) -> Iterator[Finding]:
    """Yield what keeps the nodes of pods with EFA from each other, or ends them early."""
    for pool in context.cluster.pools:
        users = context.efa_workloads_on(pool)
        if _is_in_one_zone(pool):
            yield from _spot(pool, users)
        else:
            yield from _zones(pool, users)
    yield from _overlaps(context.cluster)


def _is_in_one_zone(pool: Pool) -> bool:
    """Return whether all nodes are in one zone: by a requirement, the one subnet, reservation or placement group."""
    if any(len(each.values) == 1 and each.operator is Operator.IN for each in map(pool.requirement, _ZONES)):
        return True
    manifest = pool.node_class_manifest
    if manifest is None:
        return False
    subnets = list(manifest.cursor.at("spec", "subnetSelectorTerms").objects())
    one_subnet = len(subnets) == 1 and bool(subnets[0]["id"])
    return one_subnet or _is_of_one_reservation(pool) or bool(manifest.cursor.at("spec", "placementGroupSelector"))


def _is_of_one_reservation(pool: Pool) -> bool:
    """Return whether all nodes come from one reservation or capacity block, which EC2 keeps in one zone."""
    manifest = pool.node_class_manifest
    terms = list(manifest.cursor.at("spec", "capacityReservationSelectorTerms").objects()) if manifest else []
    return pool.is_only_reserved and len(terms) == 1 and bool(terms[0]["id"])


def _zones(pool: Pool, users: Sequence[Workload]) -> Iterator[Finding]:
    spread = next((each for each in users if each.pod_count > 1 and not _keeps_together(each)), None)
    if spread is not None:
        message = (
            f"{owner(spread)} has several pods with EFA, and pool {pool.name} may start their nodes in different zones."
        )
    elif _is_for_efa(pool) and not any(each.pod_count > 1 for each in users):
        message = f"Every node of pool {pool.name} has EFA, and they may be started in different zones."
    else:
        return
    yield finding_at(ZONES, pool.manifest, REQUIREMENTS, message)


def _is_for_efa(pool: Pool) -> bool:
    """Return whether every node has EFA, and there may be several."""
    return bool(pool.types and pool.node_class.efa_interfaces) and (pool.most_nodes is None or pool.most_nodes > 1)


def _spot(pool: Pool, users: Sequence[Workload]) -> Iterator[Finding]:
    several = next((each for each in users if each.pod_count > 1), None)
    if SPOT not in pool.requirement(vocabulary.CAPACITY_TYPE) or (several is None and not _is_for_efa(pool)):
        return
    types = [each for each in pool.types if each.count(vocabulary.EFA) and each.spot is not False]
    if types:
        who = f"{owner(several)} has several pods with EFA" if several else "Every node has EFA"
        message = f"{who}, and pool {pool.name} may buy {some_types(types)} as spot, in one zone."
        path, value = place_of_requirement(pool, vocabulary.CAPACITY_TYPE)
        yield finding_at(SPOT_IN_ONE_ZONE, pool.manifest, path, message, value=value)


def _keeps_together(workload: Workload) -> bool:
    """Return whether the pods themselves ask for one zone: by a selector, or by a required affinity to each other."""
    if any(len(term.allowed(zone).values) == 1 for term in workload.pod.terms for zone in _ZONES if zone in term):
        return True
    between = workload.spec.at("affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    return any(term["topologyKey"].text() in {*_ZONES, vocabulary.HOSTNAME} for term in between.objects())


def _overlaps(cluster: Cluster) -> Iterator[Finding]:
    by_taints: dict[frozenset[object], list[Pool]] = {}
    for pool in cluster.pools:
        if pool.with_device(vocabulary.EFA):
            by_taints.setdefault(frozenset(pool.spec.taints), []).append(pool)
    for pools in by_taints.values():
        with_efa = [pool for pool in pools if pool.node_class.efa_interfaces]
        without = [pool for pool in pools if not pool.node_class.efa_interfaces and pool.node_class_manifest]
        for pool in with_efa:
            other = next((other for other in without if _overlap(pool, other)), None)
            if other is not None:
                message = (
                    f"Every node of pool {pool.name} has EFA, none of pool {other.name}, and both take the same pods."
                )
                yield finding_at(OVERLAP, pool.manifest, ("spec", "template", "spec", "taints"), message)


def _overlap(pool: Pool, other: Pool) -> bool:
    """Return whether Karpenter has nothing to tell the pools apart by: no weight, no requirement."""
    if pool.spec.weight != other.spec.weight:
        return False
    nameless, others = pool.instance_types.pool.requirements, other.instance_types.pool.requirements
    return not [each for each in nameless.intersects(others) if not each.incoming.key.endswith("/ec2nodeclass")]
