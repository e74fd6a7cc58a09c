"""Capacity reservations and placement groups: do pool and node class agree?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.preflight.checks.names import place_of_requirement
from cdk8s_eks_gpu.provisioning.offerings import RESERVED
from cdk8s_eks_gpu.provisioning.supply import Blocks, asks_for_unselected, blocks_of
from cdk8s_eks_gpu.requirements import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.releases import KarpenterRelease


_RESERVATIONS = "https://karpenter.sh/docs/tasks/odcrs/"
_SELECTOR = "https://karpenter.sh/docs/concepts/nodeclasses/#speccapacityreservationselectorterms"

ONLY_RESERVED = Rule(
    "capacity/reserved-without-reservation",
    Severity.ERROR,
    "The pool launches reserved nodes only, and its node class selects no capacity reservation.",
    "There is no offering that the pool could take, so Karpenter never launches a node from it.",
    _RESERVATIONS,
    "Add `capacityReservationSelectorTerms` to the node class, or another capacity type to the pool.",
)
RESERVED_UNUSED = Rule(
    "capacity/reserved-never-used",
    Severity.WARNING,
    "The pool allows reserved nodes, and its node class selects no capacity reservation.",
    "`reserved` has no effect: every node is spot or on demand, and a reservation that is paid for stays empty.",
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

NOT_SELECTED = Rule(
    "capacity/reservation-not-selected",
    Severity.ERROR,
    "The pool asks for a capacity reservation that its node class does not select.",
    "Only reserved nodes have the label, of reservations that the node class selects: there is no such offering.",
    _SELECTOR,
    "Add the reservation's id to `capacityReservationSelectorTerms` of the node class, or correct it in the pool.",
)
SEVERAL_BLOCKS = Rule(
    "capacity/several-blocks",
    Severity.WARNING,
    "The nodes of one pool come from several capacity blocks.",
    (
        "Each launch takes one block, whichever Karpenter finds first, and nothing keeps a job within one: blocks end"
        " at their own times, and are not close to each other. Before 1.6.4 and 1.7.2, only one of several blocks of"
        " the same instance type and zone was used at all."
    ),
    "https://github.com/aws/karpenter-provider-aws/issues/8514",
    "Give each block a pool and a node class of its own, with weights for the order in which they are filled.",
)
WEIGHTED_SPILL = Rule(
    "capacity/weighted-pools-spill",
    Severity.WARNING,
    "A pool of reserved nodes and one of lower weight that buys nodes share their pods.",
    (
        "The weight is the order for one pod at a time, not for the reservation: of many pods at once, some get nodes"
        " of the second pool while the reservation still has room."
    ),
    "https://github.com/aws/karpenter-provider-aws/issues/8255",
    "Use one pool with karpenter.sh/capacity-type In [reserved, on-demand]: Karpenter fills the reservation first.",
)

_TERMS: Path = ("spec", "capacityReservationSelectorTerms")
_GROUP: Path = ("spec", "placementGroupSelector")


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the reservations and placement groups of the pools."""
    for pool in context.cluster.pools:
        if pool.node_class_manifest is not None:
            yield from _reservations(pool, pool.node_class_manifest, context.cluster.karpenter)
            yield from _not_selected(pool, pool.node_class_manifest)
            yield from _placement_group(pool, pool.node_class_manifest)
            yield from _several_blocks(pool, pool.node_class_manifest)
    yield from _weighted_spill(context.cluster.pools)


def _reservations(pool: Pool, node_class: KubernetesObject, release: KarpenterRelease) -> Iterator[Finding]:
    capacity = pool.requirement(vocabulary.CAPACITY_TYPE)
    named = capacity.operator is Operator.IN and RESERVED in capacity
    if named and RESERVED not in release.capacity_types:
        return  # versions/reserved reports it
    only = pool.is_only_reserved
    path, value = place_of_requirement(pool, vocabulary.CAPACITY_TYPE)
    if (named or only) and not pool.node_class.selects_reservations:
        rule = ONLY_RESERVED if only else RESERVED_UNUSED
        message = f"The pool allows reserved nodes, and node class {node_class.name} selects no capacity reservation."
        yield finding_at(rule, pool.manifest, path, message, value=value)
    elif pool.node_class.selects_reservations and RESERVED not in capacity:
        message = f"Node class {node_class.name} selects capacity reservations, and pool {pool.name} never uses them."
        yield finding_at(RESERVATION_UNUSED, pool.manifest, path, message, value=value)


def _placement_group(pool: Pool, node_class: KubernetesObject) -> Iterator[Finding]:
    blocks = blocks_of(pool)
    takes_blocks = blocks is not Blocks.NO and RESERVED in pool.requirement(vocabulary.CAPACITY_TYPE)
    if not takes_blocks or not node_class.cursor.at(*_GROUP):
        return
    only = blocks is Blocks.ONLY
    message = (
        f"Pool {pool.name} {'takes' if only else 'may take'} capacity blocks, and its nodes go into a placement group."
    )
    rule = BLOCK_IN_PLACEMENT_GROUP if only else BLOCK_PERHAPS
    yield replace(finding_at(rule, node_class, _GROUP, message), pools=(pool.name,))


def _not_selected(pool: Pool, node_class: KubernetesObject) -> Iterator[Finding]:
    """Yield that the pool asks for reservations by id, and that the node class selects others by id only."""
    if not asks_for_unselected(pool):
        return
    names = ", ".join(sorted(pool.requirement(vocabulary.CAPACITY_RESERVATION_ID).values))
    selected = ", ".join(sorted(pool.node_class.reservation_ids or ()))
    message = f"Pool {pool.name} asks for {names}, and node class {node_class.name} selects {selected}."
    path, value = place_of_requirement(pool, vocabulary.CAPACITY_RESERVATION_ID)
    yield finding_at(NOT_SELECTED, pool.manifest, path, message, value=value)


def _several_blocks(pool: Pool, node_class: KubernetesObject) -> Iterator[Finding]:
    """Yield that a pool which takes capacity blocks only may take them from several."""
    if blocks_of(pool) is not Blocks.ONLY:
        return
    wanted = pool.requirement(vocabulary.CAPACITY_RESERVATION_ID)
    terms = [each for each in node_class.cursor.at(*_TERMS).objects() if not each["id"] or each["id"].text() in wanted]
    if len(terms) > 1 and not (wanted.operator is Operator.IN and len(wanted.values) == 1):
        message = (
            f"Pool {pool.name} takes capacity blocks, and node class {node_class.name} selects them by {len(terms)}"
            " terms."
        )
        yield finding_at(SEVERAL_BLOCKS, node_class, _TERMS, message)


def _weighted_spill(pools: Sequence[Pool]) -> Iterator[Finding]:
    """Yield the pools of reserved nodes before which another, lighter one may buy nodes for the same pods."""
    reserved = [each for each in pools if each.spec.weight and each.types and each.is_only_reserved]
    others = [each for each in pools if each.types and not each.is_only_reserved] if reserved else []
    for pool in reserved:
        other = next((each for each in others if _takes_the_rest(pool, each)), None)
        if other is not None:
            message = (
                f"Pool {pool.name} has reserved nodes, and pool {other.name}, with less weight, buys the same types."
            )
            yield finding_at(WEIGHTED_SPILL, pool.manifest, ("spec", "weight"), message, value=pool.spec.weight)


def _takes_the_rest(pool: Pool, other: Pool) -> bool:
    return (
        other.spec.weight < pool.spec.weight
        and set(other.spec.taints) == set(pool.spec.taints)
        and bool(other.instance_types.launchable & pool.instance_types.launchable)
    )
