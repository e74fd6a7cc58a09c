"""Capacity reservations and placement groups: do pool and node class agree?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.provisioning.offerings import ON_DEMAND, RESERVED, SPOT
from cdk8s_eks_gpu.requirements import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Pool
    from cdk8s_eks_gpu.releases import KarpenterRelease

_RESERVATIONS = "https://karpenter.sh/docs/tasks/odcrs/"
_SELECTOR = "https://karpenter.sh/docs/concepts/nodeclasses/#speccapacityreservationselectorterms"

ONLY_RESERVED = Rule(
    "capacity/reserved-without-reservation",
    Severity.ERROR,
    "The pool makes reserved nodes only, and its node class selects no capacity reservation.",
    "There is no offering that the pool could take, so Karpenter never makes a node from it.",
    _RESERVATIONS,
    "Add `capacityReservationSelectorTerms` to the node class, or another capacity type to the pool.",
)
RESERVED_UNUSED = Rule(
    "capacity/reserved-never-used",
    Severity.WARNING,
    "The pool allows reserved nodes, and its node class selects no capacity reservation.",
    "The word has no effect: every node is spot or on demand, and a reservation that is paid for stays empty.",
    _RESERVATIONS,
    "Add `capacityReservationSelectorTerms` to the node class, or remove `reserved` from the pool.",
)
RESERVATION_UNUSED = Rule(
    "capacity/reservation-never-used",
    Severity.WARNING,
    "The node class selects capacity reservations, and the pool does not allow reserved nodes.",
    "The reservations are paid for, and the pool never uses them.",
    _SELECTOR,
    "Add `reserved` to the pool's karpenter.sh/capacity-type.",
)
BLOCK_IN_PLACEMENT_GROUP = Rule(
    "capacity/placement-group-with-block",
    Severity.ERROR,
    "The pool's nodes come from capacity blocks, and the node class puts them into a placement group.",
    "EC2 places the instances of a capacity block itself and refuses to start them in a placement group.",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html",
    "Remove `placementGroupSelector` from the node class: a capacity block's instances are close together anyway.",
)
BLOCK_PERHAPS = Rule(
    "capacity/placement-group-perhaps-with-block",
    Severity.WARNING,
    "The pool may take capacity blocks, and the node class puts its nodes into a placement group.",
    "EC2 places the instances of a capacity block itself and refuses to start them in a placement group.",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html",
    "Require karpenter.k8s.aws/capacity-reservation-type NotIn [capacity-block], or remove the placement group.",
)

RULES = (ONLY_RESERVED, RESERVED_UNUSED, RESERVATION_UNUSED, BLOCK_IN_PLACEMENT_GROUP, BLOCK_PERHAPS)

_REQUIREMENTS: Path = ("spec", "template", "spec", "requirements")
_GROUP: Path = ("spec", "placementGroupSelector")
_BLOCK = "capacity-block"


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the reservations and placement groups of the pools."""
    for pool in context.cluster.pools:
        if pool.node_class_manifest is not None:
            yield from _reservations(pool, pool.node_class_manifest, context.cluster.karpenter)
            yield from _placement_group(pool, pool.node_class_manifest)


def _reservations(pool: Pool, node_class: KubernetesObject, release: KarpenterRelease) -> Iterator[Finding]:
    capacity = pool.requirement(vocabulary.CAPACITY_TYPE)
    named = capacity.operator is Operator.IN and RESERVED in capacity
    if named and RESERVED not in release.capacity_types:
        return  # versions/reserved reports it
    only = RESERVED in capacity and ON_DEMAND not in capacity and SPOT not in capacity
    path, value = _requirement(pool, vocabulary.CAPACITY_TYPE)
    if (named or only) and not pool.node_class.selects_reservations:
        rule = ONLY_RESERVED if only else RESERVED_UNUSED
        message = f"The pool allows reserved nodes, and node class {node_class.name} selects no capacity reservation."
        yield finding_at(rule, pool.manifest, path, message, value=value)
    elif pool.node_class.selects_reservations and RESERVED not in capacity:
        message = f"Node class {node_class.name} selects capacity reservations, and pool {pool.name} never uses them."
        yield finding_at(RESERVATION_UNUSED, pool.manifest, path, message, value=value)


def _placement_group(pool: Pool, node_class: KubernetesObject) -> Iterator[Finding]:
    if not node_class.cursor.at(*_GROUP) or not pool.node_class.selects_reservations:
        return
    if RESERVED not in pool.requirement(vocabulary.CAPACITY_TYPE):
        return
    kinds = pool.requirement(vocabulary.CAPACITY_RESERVATION_TYPE)
    if _BLOCK not in kinds:
        return
    only = kinds.operator is Operator.IN and len(kinds.values) == 1
    message = (
        f"Pool {pool.name} {'takes' if only else 'may take'} capacity blocks, and its nodes go into a placement group."
    )
    rule = BLOCK_IN_PLACEMENT_GROUP if only else BLOCK_PERHAPS
    yield finding_at(rule, node_class, _GROUP, message)


def _requirement(pool: Pool, key: str) -> tuple[Path, object]:
    """Return where the pool's manifest has the requirement, and its values."""
    for requirement in pool.manifest.cursor.at(*_REQUIREMENTS).objects():
        if requirement["key"].text() == key:
            return requirement.path, ", ".join(requirement["values"].texts())
    return _REQUIREMENTS, None
