"""Static pools, which keep a fixed number of nodes: where these come from, and whether they can be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.provisioning.offerings import ON_DEMAND, SPOT
from cdk8s_eks_gpu.quantity import format_quantity
from cdk8s_eks_gpu.releases.versions import numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.pool import Pool


_STATIC = "https://karpenter.sh/docs/concepts/nodepools/#specreplicas"

REPLICAS_AT_LIMIT = Rule(
    "capacity/replicas-at-limit",
    Severity.WARNING,
    "The limit of nodes of a static pool is the number of its replicas.",
    (
        "Before 1.15, Karpenter starts the replacement of a drifted node first, and the limit does not let it: a new"
        " AMI or a changed node class never reaches the nodes, and nothing says why."
    ),
    "https://github.com/aws/karpenter-provider-aws/issues/8873",
    "Raise `limits.nodes` above `replicas` by as many nodes as may drift at once; or use Karpenter 1.15, which ends the"
    " drifted node first where there is no room.",
)
REPLICAS_BEYOND_LIMIT = Rule(
    "capacity/replicas-beyond-limit",
    Severity.WARNING,
    "The limit of nodes of a static pool is less than the number of its replicas.",
    "Karpenter stops at the limit: the pool never has the nodes that it says.",
    _STATIC,
    "Raise `limits.nodes`, or lower `replicas`.",
)
WITHOUT_RESERVATION = Rule(
    "capacity/static-without-reservation",
    Severity.WARNING,
    "A static pool of accelerated nodes has a node class that selects no capacity reservation.",
    (
        "Nothing holds the nodes for it: they are bought on demand or as spot and paid for round the clock, and a node"
        " that ends, or drifts, may find no other in its place."
    ),
    "https://karpenter.sh/docs/tasks/odcrs/",
    "Select the reservation in `capacityReservationSelectorTerms` of the node class, and allow `reserved` in the pool;"
    " or use a pool without `replicas`, whose nodes come and go with the pods.",
)

_REPLICAS: Path = ("spec", "replicas")
_NODES: Path = ("spec", "limits", "nodes")
_TERMINATES_FIRST = (1, 15)  # kubernetes-sigs/karpenter#3312
_ACCELERATORS = (vocabulary.GPU, vocabulary.NEURON, vocabulary.GAUDI)


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the pools that say `replicas`."""
    terminates_first = numbers_of(context.cluster.karpenter.minor)[:2] >= _TERMINATES_FIRST
    for pool in context.cluster.pools:
        if pool.spec.replicas and not pool.not_evaluated:
            yield from _limit(pool, pool.spec.replicas, terminates_first=terminates_first)
            yield from _reservation(pool)


def _limit(pool: Pool, replicas: int, *, terminates_first: bool) -> Iterator[Finding]:
    limit = pool.spec.limits.get("nodes")
    if limit is None or limit > replicas or (limit == replicas and terminates_first):
        return
    rule = REPLICAS_AT_LIMIT if limit == replicas else REPLICAS_BEYOND_LIMIT
    message = f"Pool {pool.name} has {replicas} replicas and limits nodes to {format_quantity(limit)}."
    yield finding_at(rule, pool.manifest, _NODES, message, value=pool.manifest.cursor.at(*_NODES).value)


def _reservation(pool: Pool) -> Iterator[Finding]:
    """Yield that nothing is reserved; of a pool that takes reserved nodes only, another check says it."""
    capacity = pool.requirement(vocabulary.CAPACITY_TYPE)
    if pool.node_class_manifest is None or pool.node_class.selects_reservations:
        return
    if (ON_DEMAND in capacity or SPOT in capacity) and any(map(pool.with_device, _ACCELERATORS)):
        message = (
            f"Pool {pool.name} keeps {pool.spec.replicas} nodes, and node class {pool.node_class.name} selects no"
            " capacity reservation."
        )
        yield finding_at(WITHOUT_RESERVATION, pool.manifest, _REPLICAS, message, value=pool.spec.replicas)
