"""Pools for training, and what Karpenter does to the jobs on their nodes: consolidation and drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.durations import seconds_of
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.preflight.checks.names import owner
from cdk8s_eks_gpu.releases.versions import numbers_of
from cdk8s_eks_gpu.vocabulary import DO_NOT_DISRUPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


_DISRUPTION = "https://karpenter.sh/docs/concepts/disruption/"

CONSOLIDATES_TRAINING = Rule(
    "disruption/consolidates-training",
    Severity.WARNING,
    "A pool for training consolidates nodes on which jobs run, and nothing protects the jobs.",
    (
        "With WhenEmptyOrUnderutilized, which is the default, Karpenter moves pods to cheaper or fuller nodes whenever"
        " it can. A training job that loses one of its pods starts again from its last checkpoint, on all of its nodes."
    ),
    f"{_DISRUPTION}#pod-level-controls",
    'Set `consolidationPolicy: WhenEmpty`, or give the pods the annotation karpenter.sh/do-not-disrupt: "true".',
)
CONSOLIDATE_AFTER = Rule(
    "disruption/consolidate-after-short",
    Severity.WARNING,
    "A pool for training takes empty nodes away sooner than a large image is pulled again.",
    (
        "Between two jobs the node goes, with the image on its disk. The next job waits for a new node, which may not"
        " be there, and for the image: 334 seconds for NVIDIA's PyTorch image of 9.5 GB in AWS' own measurement."
    ),
    "https://aws-ia.github.io/terraform-aws-eks-blueprints/patterns/machine-learning/ml-container-cache/",
    "Set `consolidateAfter` to more than the time between two jobs, 10m or more.",
)
ALL_DRIFT_AT_ONCE = Rule(
    "disruption/all-drift-at-once",
    Severity.WARNING,
    "The budgets of a pool for training let every node drift at once.",
    (
        "A new AMI, or a change of the node class, is a reason to replace each node. Without a budget for it, Karpenter"
        " replaces all of them together: every job stops, and as many nodes are bought as there are."
    ),
    f"{_DISRUPTION}#nodepool-disruption-budgets",
    'Add a budget that counts for Drifted: `nodes: "1"`, or `nodes: "0"` and replace nodes by hand.'
    " A list of budgets takes the place of Karpenter's default of 10%.",
)

_PATH: Path = ("spec", "disruption")
_FOR_A_TIME = (1, 12)
_LARGE_IMAGE = 334
"""Seconds until a large image is pulled and its container runs: the measurement that the rule names as its source."""

# Kinds whose pods work on one thing until it is done. Those of services come back, and may be moved.
_BATCH = frozenset(
    {
        "Job",
        "CronJob",
        "JobSet",
        "MPIJob",
        "PyTorchJob",
        "TFJob",
        "JAXJob",
        "MXJob",
        "PaddleJob",
        "XGBoostJob",
        "TrainJob",
        "RayJob",
        "AppWrapper",
        "PodGroup",
    }
)
_TRAINING_CATEGORIES = {"p", "trn", "dl"}
_ACCELERATOR_NAMES = {vocabulary.GPU_NAME, vocabulary.ACCELERATOR_NAME}
_DEVICES = (vocabulary.GPU, vocabulary.EFA, vocabulary.NEURON, vocabulary.GAUDI)


def check(context: Context) -> Iterator[Finding]:
    """Yield what Karpenter does to the jobs on the nodes of pools for training."""
    jobs, others = _workloads_by_pool(context)
    for pool in context.cluster.pools:
        on_pool = jobs.get(pool.name, ())
        if pool.types and (on_pool or _is_for_training(pool, has_others=pool.name in others)):
            yield from _consolidates_training(pool, on_pool, context.cluster.karpenter.minor)
            yield from _consolidate_after(pool)
            yield from _drift(pool)


def _workloads_by_pool(context: Context) -> tuple[dict[str, list[Workload]], set[str]]:
    """Return the jobs with devices by the pools that can host them, and the pools that can host other such pods."""
    jobs: dict[str, list[Workload]] = {}
    others: set[str] = set()
    for workload in context.cluster.workloads:
        if not workload.asks_for(*_DEVICES) or workload.kind == "Pod":  # a bare Pod is a test or a shell
            continue
        for pool in context.cluster.hosts(workload.without_huge_pages):
            if workload.kind in _BATCH:
                jobs.setdefault(pool.name, []).append(workload)
            else:
                others.add(pool.name)
    return jobs, others


def _is_for_training(pool: Pool, *, has_others: bool) -> bool:
    """Return whether the pool says so: all nodes have EFA, or all have accelerators, and some those for training.

    Not where the pods that it is for are known, and are services.
    """
    if pool.node_class.efa_interfaces:
        return True
    if has_others or not all(_ACCELERATOR_NAMES & each.labels.keys() for each in pool.types):
        return False
    return any(each.labels.get(vocabulary.INSTANCE_CATEGORY) in _TRAINING_CATEGORIES for each in pool.types)


def _consolidates_training(pool: Pool, jobs: Sequence[Workload], karpenter: str) -> Iterator[Finding]:
    disruption = pool.disruption
    if pool.spec.replicas is not None or disruption.only_when_empty or not disruption.consolidates:
        return
    unprotected = [each for each in jobs if not _is_protected(each, karpenter)]
    if (jobs and not unprotected) or disruption.at_once("Underutilized") == 0:
        return
    whose = (
        f'{owner(unprotected[0])} runs there without {DO_NOT_DISRUPT}: "true"'
        if unprotected
        else "jobs on them lose pods"
    )
    message = f"Pool {pool.name} consolidates nodes by {disruption.policy}, and {whose}."
    path = (*_PATH, "consolidationPolicy")
    yield finding_at(CONSOLIDATES_TRAINING, pool.manifest, path, message, value=pool.manifest.cursor.at(*path).value)


def _is_protected(workload: Workload, karpenter: str) -> bool:
    """Return whether Karpenter leaves the pods where they are: for a time, too, since 1.12 (pkg/utils/pod)."""
    metadata = workload.object.cursor.at(*workload.path[:-1], "metadata")
    said = metadata["annotations"][DO_NOT_DISRUPT].text()
    return said == "true" or (numbers_of(karpenter) >= _FOR_A_TIME and (seconds_of(said) or 0) > 0)


def _consolidate_after(pool: Pool) -> Iterator[Finding]:
    disruption = pool.disruption
    if pool.spec.replicas is not None or disruption.consolidation_delay >= _LARGE_IMAGE:
        return
    if disruption.at_once("Empty") == 0:
        return
    message = f"Pool {pool.name} takes a node away that has been empty for {disruption.consolidate_after}."
    path = (*_PATH, "consolidateAfter")
    yield finding_at(CONSOLIDATE_AFTER, pool.manifest, path, message, value=pool.manifest.cursor.at(*path).value)


def _drift(pool: Pool) -> Iterator[Finding]:
    nodes = pool.most_nodes
    if nodes == 1 or pool.disruption.at_once("Drifted", nodes) < 1:
        return
    budgets = pool.manifest.cursor.at(*_PATH, "budgets")
    message = f"All nodes of pool {pool.name} may be replaced at once when they drift."
    yield finding_at(ALL_DRIFT_AT_ONCE, pool.manifest, budgets.path, message, value=budgets.value)
