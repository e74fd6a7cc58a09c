"""Where the nodes of a pool come from: reservations, capacity blocks, and what takes their place."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cdk8s_eks_gpu.config.ec2 import CapacityReservationSelectorTerm, PlacementGroupSelector
from cdk8s_eks_gpu.config.model import Options, placed
from cdk8s_eks_gpu.config.scalars import CAPACITY_RESERVATION_ID, LabelValue

Reservation = Annotated[str, Field(pattern=CAPACITY_RESERVATION_ID)] | CapacityReservationSelectorTerm
Reservations = Annotated[Sequence[Reservation], Field(min_length=1, max_length=30)]
CapacityType = Literal["spot", "on-demand", "reserved"]


class StaticCapacity(Options):
    """A fixed number of nodes, whatever pods there are. Karpenter needs the feature gate StaticCapacity for it."""

    replicas: Annotated[int, Field(ge=0)] = Field(description="How many nodes.")


class Capacity(Options):
    """Where the nodes of a pool come from, in the order in which Karpenter looks.

    Sets the pool's capacity types, zones, replicas, and, unless the pool says them itself, limits, disruption and
    expireAfter; and on its node class the reservations and the placement group.
    """

    reservations: Reservations | None = Field(
        default=None, description="On-demand capacity reservations, each by its id or by a selector term."
    )
    blocks: Reservations | None = Field(
        default=None,
        description="Capacity blocks for ML, each by its id or by a selector term. EC2 ends their nodes 30 minutes "
        "before the block's end (UltraServers 60), and Karpenter drains them 10 minutes before that.",
    )
    fallback: Annotated[Sequence[Literal["on-demand", "spot"]], Field(min_length=1)] | None = Field(
        default=None, description="What is bought when no reservation has room; without it the pods wait."
    )
    placement_group: Annotated[str, Field(min_length=1)] | PlacementGroupSelector | None = Field(
        default=None, description="The placement group, by its name or by a selector; not with blocks."
    )
    zone: LabelValue | None = Field(
        default=None, description="The one availability zone of all nodes: EFA's traffic does not leave it."
    )
    static: StaticCapacity | None = Field(default=None, description="A fixed number of nodes.")

    @model_validator(mode="after")
    def _no_block_in_a_placement_group(self) -> Self:
        if self.blocks and self.placement_group:
            message = "EC2 starts no node of a capacity block in a placement group: remove placementGroup or blocks"
            raise placed([(("placementGroup",), message)])
        return self

    @property
    def capacity_types(self) -> tuple[CapacityType, ...] | None:
        """The capacity types of the pool, or None where nothing here says them."""
        reserved: tuple[CapacityType, ...] = ("reserved",) if self.reservations or self.blocks else ()
        return (*reserved, *(self.fallback or ())) or None

    @property
    def reservation_terms(self) -> tuple[CapacityReservationSelectorTerm, ...]:
        """The selector terms of all reservations and blocks: EC2 models a block as a reservation."""
        return tuple(
            CapacityReservationSelectorTerm(id=term) if isinstance(term, str) else term
            for term in (*(self.reservations or ()), *(self.blocks or ()))
        )

    @property
    def placement_group_selector(self) -> PlacementGroupSelector | None:
        """The selector of the placement group."""
        group = self.placement_group
        return PlacementGroupSelector(name=group) if isinstance(group, str) else group
