"""Is there an instance type for each pod?"""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe_all, tolerations_text
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.hints import did_you_mean, sentence
from cdk8s_eks_gpu.preflight.checks.names import owner, taints_of
from cdk8s_eks_gpu.provisioning.needs_pool import needs_pool
from cdk8s_eks_gpu.provisioning.pod import ANYWHERE
from cdk8s_eks_gpu.provisioning.reasons import InsufficientResource, LabelNotDefined, Reasons
from cdk8s_eks_gpu.provisioning.resource_claims import DRA_DRIVERS, claimed_classes, claimed_drivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


_SCHEDULING = "https://karpenter.sh/docs/concepts/scheduling/"

NO_HOST = Rule(
    "scheduling/no-host",
    Severity.ERROR,
    "No instance type that the pools launch can host the pod.",
    "Karpenter launches no node for it, and the pod stays pending.",
    _SCHEDULING,
    "Change the pod or a pool by what the nearest misses lack.",
)
RUN_TIME_LABEL = Rule(
    "scheduling/run-time-label",
    Severity.ERROR,
    "The pod selects a label that only appears on a running node, and no pool carries it.",
    (
        "GPU feature discovery and node feature discovery set their labels when the node runs. Karpenter decides"
        " before there is a node, knows nothing of them, and makes none."
    ),
    _SCHEDULING,
    "Select by Karpenter's own labels, or add the label to the pool's template.",
)

_MISSES = 3  # more of them do not make a message clearer
# Karpenter's label for what GPU feature discovery would say later.
_KARPENTERS_LABEL = {
    "nvidia.com/gpu.product": vocabulary.GPU_NAME,
    "nvidia.com/gpu.family": vocabulary.GPU_NAME,
    "nvidia.com/gpu.count": vocabulary.GPU_COUNT,
    "nvidia.com/gpu.memory": vocabulary.GPU_MEMORY,
    "nvidia.com/gpu.machine": vocabulary.INSTANCE_TYPE,
    vocabulary.GPU_PRESENT: vocabulary.GPU_MANUFACTURER,
}


class _Miss(NamedTuple):
    """What keeps a pod off the instance types of a pool that come closest.

    Attributes:
        distance: How far off they are.
        pool: The pool's name.
        instance_type: The smallest of the types; an empty text where all of the pool's have the same reasons.
        reasons: What keeps the pod off them.
    """

    distance: tuple[int, int, Decimal]
    pool: str
    instance_type: str
    reasons: Reasons

    def __str__(self) -> str:
        """Return the miss as people read it: `pool gpu (g6.xlarge): insufficient cpu: ...`."""
        which = f" ({self.instance_type})" if self.instance_type else ""
        return f"pool {self.pool}{which}: {describe_all(self.reasons)}"


def check(context: Context) -> Iterator[Finding]:
    """Yield the pods for which there is no instance type."""
    for workload in context.cluster.workloads:
        if needs_pool(context.cluster, workload) and not _is_reported_elsewhere(context.cluster, workload):
            yield _finding(context.cluster, workload)


def _is_reported_elsewhere(cluster: Cluster, workload: Workload) -> bool:
    """Return whether there is a type for the pod, or another check says what keeps it from having one."""
    if cluster.may_have_host(workload):
        return True
    if workload.without_huge_pages is not workload and cluster.may_have_host(workload.without_huge_pages):
        return True  # efa/huge-pages reports it
    return bool(cluster.running_hosts(workload))


def _finding(cluster: Cluster, workload: Workload) -> Finding:
    candidates = cluster.candidates(workload)
    wanted = sorted({value for term in workload.pod.terms for value in term.allowed(vocabulary.NODE_POOL).values})
    if not candidates and wanted:
        hint = did_you_mean(wanted[0], [pool.name for pool in cluster.pools])
        missing = f"{owner(workload)} selects the pool {', '.join(wanted)}, and the manifests have no such pool{hint}"
        return finding_at(NO_HOST, workload.object, workload.path, sentence(missing), value=wanted)
    misses = _nearest_misses(cluster, workload, candidates or cluster.pools)
    nearest = "; ".join(map(str, misses)) or "no pool launches any type"
    message = f"No instance type can host {owner(workload)}. Nearest misses: {nearest}."
    if workload.pod.volumes != ANYWHERE:
        message += f" Its volumes ask for {' or '.join(map(str, workload.pod.volumes))}."
    reasons = [reason for miss in misses for reason in miss.reasons]
    at_run_time = [reason.key for reason in reasons if isinstance(reason, LabelNotDefined) and reason.at_run_time]
    if at_run_time and len(at_run_time) == len(reasons):
        labels = sorted(set(at_run_time))
        fix = _run_time_label_fix(labels)
        return finding_at(RUN_TIME_LABEL, workload.object, workload.path, message, value=labels[0], fix=fix)
    claims = workload.pod.has_resource_claims and cluster.karpenter.considers_claims
    how = _claims_fix(cluster, workload) if claims else _toleration_fix(misses)
    return finding_at(NO_HOST, workload.object, workload.path, message, fix=how)


def _nearest_misses(cluster: Cluster, workload: Workload, pools: Iterable[Pool]) -> list[_Miss]:
    """Return the types that came closest, each of another pool: those with the fewest reasons, then the smallest."""
    misses = []
    for pool in pools:
        if pool.not_evaluated:
            continue
        unknown = (each for each in cluster.kept_off_unknown(pool, workload).items() if each[1])
        misses += [_Miss(_distance(reasons), pool.name, name, reasons) for name, reasons in islice(unknown, 1)]
        rejections = cluster.fit(pool, workload).rejections
        by_distance = sorted((_distance(reasons), place) for place, (types, reasons) in enumerate(rejections) if types)
        if by_distance:
            distance, place = by_distance[0]
            types, reasons = rejections[place]
            is_whole_pool = len({rejections[place][1] for _, place in by_distance}) == 1
            name = "" if is_whole_pool else pool.instance_types.catalogue.of_set(types)[0].name
            misses.append(_Miss(distance, pool.name, name, reasons))
    return sorted(misses, key=lambda miss: miss[:3])[:_MISSES]


def _distance(reasons: Reasons) -> tuple[int, int, Decimal]:
    """Return how far off a type is: a resource that it has too little of is nearer than one that it lacks.

    Of types with as many reasons, that is nearest which has the largest share of what is asked for.
    """
    short = [reason for reason in reasons if isinstance(reason, InsufficientResource)]
    lacking = sum(not reason.allocatable for reason in short)
    shares = (each.allocatable / (each.requested + each.daemon_overhead or 1) for each in short)
    return lacking, len(reasons), -sum(shares, start=Decimal(0))


def _toleration_fix(misses: Sequence[_Miss]) -> str | None:
    """Return how a pod gets a node that only taints keep off the nearest pool; None where something else does."""
    if not misses:
        return None
    taints = taints_of(misses[0].reasons)
    if not taints or len(taints) != len(misses[0].reasons):
        return None
    return f"If the pod is meant for pool {misses[0].pool}, give it the toleration: {tolerations_text(taints)}."


def _claims_fix(cluster: Cluster, workload: Workload) -> str:
    """Return how a pod with resourceClaims gets a node: by a gate that is off by default, or by no claims."""
    plugin = "ask for the devices by the resource of their device plugin"
    if not cluster.karpenter.dra_gates:
        return f"Karpenter launches nodes for resourceClaims from 1.15 on, behind feature gates: upgrade, or {plugin}."
    names = {driver.gate for driver in claimed_drivers(cluster, workload)}
    classes = sorted(claimed_classes(cluster, workload))
    if classes and not names:
        drivers = " and ".join(driver.name for driver in DRA_DRIVERS)
        return f"Its gates are for devices of {drivers}, and none is for {', '.join(classes)}: {plugin}."
    gates = [gate for gate in cluster.karpenter.dra_gates if gate.name in names or not names]
    how = ", or ".join(f"{gate.name} by {gate.turned_on_by}" for gate in gates)
    return f"Turn on {how} (`--set settings.enableDRA=true` turns on all of them), or {plugin}."


def _run_time_label_fix(labels: Sequence[str]) -> str:
    fixes = [f"select {_KARPENTERS_LABEL[label]} instead of {label}" for label in labels if label in _KARPENTERS_LABEL]
    fixes.append(f"add {', '.join(labels)} to spec.template.metadata.labels of the pool")
    text = "; or ".join(fixes)
    return f"{text[0].upper()}{text[1:]}."
