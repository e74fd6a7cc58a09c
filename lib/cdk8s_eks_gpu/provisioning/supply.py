"""Where the nodes of a pool come from, in the order in which Karpenter looks, and where they are started.

Source: `getCapacityType` in `pkg/providers/instance` of aws/karpenter-provider-aws v1.14.1 (reserved, then spot, then
on-demand), and "Utilizing ODCRs and Capacity Blocks" of its documentation.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.offerings import ON_DEMAND, RESERVED, SPOT, with_offering
from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests.cursor import Cursor
    from cdk8s_eks_gpu.provisioning.pool import Pool

CAPACITY_BLOCK = "capacity-block"
# In the order in which Karpenter takes them.
_ONLY = {
    kind: Requirements([Requirement.of(vocabulary.CAPACITY_TYPE, Operator.IN, kind)])
    for kind in (RESERVED, SPOT, ON_DEMAND)
}


class Blocks(Enum):
    """Whether the reserved nodes of a pool come from capacity blocks, which end."""

    NO = "no"
    PERHAPS = "perhaps"
    ONLY = "only"


class Source(Struct, frozen=True):
    """Where nodes come from.

    Attributes:
        capacity_type: The value of karpenter.sh/capacity-type.
        reservations: Ids of reservations, and of others what selects them, such as `tags team=ml`; for reserved nodes.
    """

    capacity_type: str
    reservations: tuple[str, ...] = ()


class Supply(Struct, frozen=True):
    """Where the nodes of a pool come from, and where they are started.

    Attributes:
        sources: In the order in which Karpenter takes them; empty where the pool can have no node.
        blocks: Whether the reserved ones are of capacity blocks.
        zones: The zones that the pool names, sorted; empty for all of the node class's subnets.
        placement_group: The name or id of the placement group, or an empty text.
        variant_of: The node class of cluster.yaml that this one is a variant of, or an empty text.
    """

    sources: tuple[Source, ...]
    blocks: Blocks
    zones: tuple[str, ...]
    placement_group: str
    variant_of: str

    @property
    def capacity_types(self) -> tuple[str, ...]:
        """The capacity types of the sources."""
        return tuple(source.capacity_type for source in self.sources)


def supply(pool: Pool) -> Supply:
    """Return where the nodes of a pool come from."""
    zones = pool.requirement(vocabulary.ZONE)
    spec = pool.node_class_manifest.cursor["spec"] if pool.node_class_manifest else None
    group = spec["placementGroupSelector"] if spec else None
    annotations = pool.node_class_manifest.cursor.at("metadata", "annotations") if pool.node_class_manifest else None
    return Supply(
        sources=tuple(_sources(pool)),
        blocks=blocks_of(pool),
        zones=tuple(sorted(zones.values)) if zones.operator is Operator.IN else (),
        placement_group=(group["name"].text() or group["id"].text()) if group else "",
        variant_of=annotations[vocabulary.VARIANT_OF].text() if annotations else "",
    )


def asks_for_unselected(pool: Pool) -> bool:
    """Return whether the pool asks for reservations by their ids, and its node class selects others by theirs."""
    wanted, ids = pool.requirement(vocabulary.CAPACITY_RESERVATION_ID), pool.node_class.reservation_ids
    return wanted.operator is Operator.IN and ids is not None and ids.isdisjoint(wanted.values)


def _sources(pool: Pool) -> Iterator[Source]:
    types = pool.instance_types.node_class_types
    launched = pool.instance_types.launchable if pool.is_known else types.catalogue.everything
    for kind, only in _ONLY.items():
        if launched & with_offering(pool.spec.requirements & only, types):
            yield Source(kind, tuple(_reservations(pool)) if kind == RESERVED else ())


def _reservations(pool: Pool) -> Iterator[str]:
    """Yield what selects reservations: the terms of the node class, those aside that the pool rules out by their id."""
    wanted = pool.requirement(vocabulary.CAPACITY_RESERVATION_ID)
    if pool.node_class_manifest is None:
        return
    for term in pool.node_class_manifest.cursor.at("spec", "capacityReservationSelectorTerms").objects():
        reservation = term["id"].text()
        if not reservation:
            yield _selector(term)
        elif reservation in wanted:
            yield reservation


def _selector(term: Cursor) -> str:
    tags = ", ".join(f"{key}={value.text()}" for key, value in term["tags"].entries())
    parts = [
        f"tags {tags}" if tags else "",
        f"owner {term['ownerID'].text()}" if term["ownerID"] else "",
        term["instanceMatchCriteria"].text(),
    ]
    return ", ".join(filter(None, parts))


def blocks_of(pool: Pool) -> Blocks:
    """Return whether the reserved nodes of a pool come from capacity blocks."""
    kinds = pool.requirement(vocabulary.CAPACITY_RESERVATION_TYPE)
    if not pool.node_class.selects_reservations or CAPACITY_BLOCK not in kinds:
        return Blocks.NO
    return Blocks.ONLY if kinds.operator is Operator.IN and len(kinds.values) == 1 else Blocks.PERHAPS
