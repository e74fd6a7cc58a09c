"""The pods that use EFA, and the pools that they run on: can they reach each other, and do they use what is there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.preflight.checks.names import owner
from cdk8s_eks_gpu.provisioning.device_plugins import is_device
from cdk8s_eks_gpu.provisioning.resources import HUGE_PAGES as HUGE_PAGES_PREFIX
from cdk8s_eks_gpu.requirements import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster, Pool
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
HUGE_PAGES = Rule(
    "efa/huge-pages",
    Severity.ERROR,
    "The pod asks for huge pages, and Karpenter knows of no node that offers any.",
    (
        "The EFA software likes huge pages, and AWS' examples ask for them. Karpenter counts none for any instance"
        " type, even where the AMI sets some aside, so it makes no node for the pod."
    ),
    "https://karpenter.sh/docs/concepts/nodeoverlays/",
    "Remove the request and set FI_EFA_USE_HUGE_PAGE=0; or say the capacity in a NodeOverlay, and set the pages aside"
    " in the node class's `userData`.",
)
OVERLAP = Rule(
    "efa/overlapping-pools",
    Severity.WARNING,
    "A pool whose nodes all have EFA and one whose nodes have none take the same pods.",
    "Pods without EFA fill the dear nodes, and Karpenter chooses between the pools at random.",
    "https://karpenter.sh/docs/concepts/nodepools/",
    "Give the EFA pool a taint of its own, or give one of the two a weight.",
)

RULES = (ZONES, HUGE_PAGES, OVERLAP)

_REQUIREMENTS: Path = ("spec", "template", "spec", "requirements")
_ZONES = (vocabulary.ZONE, vocabulary.ZONE_ID, vocabulary.CAPACITY_RESERVATION_ID)
# What says how many pods there are, in Kubernetes' own kinds and in those of MPI, PyTorch, Ray, JobSet and LWS.
_COUNTS = ("replicas", "parallelism", "completions", "size", "numNodes", "minReplicas")


def check(context: Context) -> Iterator[Finding]:
    """Yield what keeps pods that use EFA from each other, or from nodes."""
    cluster = context.cluster
    for pool in cluster.pools:
        yield from _zones(pool, context.efa_workloads_on(pool))
    yield from _overlaps(cluster)
    for workload in cluster.workloads if cluster.pools else ():
        yield from _huge_pages(cluster, workload)


def _huge_pages(cluster: Cluster, workload: Workload) -> Iterator[Finding]:
    pages = [name for name in workload.pod.requests if name.startswith(HUGE_PAGES_PREFIX)]
    if not pages or workload.is_daemon or not any(map(is_device, workload.pod.requests)):
        return
    if not cluster.may_have_host(workload) and cluster.may_have_host(workload.without_huge_pages):
        message = f"{owner(workload)} asks for {pages[0]}, and Karpenter knows of no node with any."
        yield finding_at(HUGE_PAGES, workload.object, workload.path, message, value=pages[0])


def _zones(pool: Pool, users: Sequence[Workload]) -> Iterator[Finding]:
    if any(len(each.values) == 1 and each.operator is Operator.IN for each in map(pool.requirement, _ZONES)):
        return
    manifest = pool.node_class_manifest
    if manifest is not None:
        subnets = list(manifest.cursor.at("spec", "subnetSelectorTerms").objects())
        one_subnet = len(subnets) == 1 and bool(subnets[0]["id"])
        if one_subnet or manifest.cursor.at("spec", "placementGroupSelector"):
            return
    spread = next((each for each in users if _pod_count(each) > 1 and not _keeps_together(each)), None)
    if spread is not None:
        message = (
            f"{owner(spread)} has several pods with EFA, and pool {pool.name} may start their nodes in different zones."
        )
        yield finding_at(ZONES, pool.manifest, _REQUIREMENTS, message)


def _pod_count(workload: Workload) -> int:
    """Return how many pods there are, as far as the object says."""
    around = [workload.object.cursor.at(*workload.path[:depth]) for depth in range(1, len(workload.path))]
    counts = [each[key].integer() for each in around for key in _COUNTS]
    return max((count for count in counts if count is not None), default=1)


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
