"""Which instance types have an offering that requirements allow: a capacity type, in a zone.

Which zones there are, and which capacity reservations, only the account knows: where the requirements leave any, they
are taken to be there. Source: `pkg/providers/instancetype/offering` of aws/karpenter-provider-aws v1.14.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes
    from cdk8s_eks_gpu.provisioning.node_class import NodeClass
    from cdk8s_eks_gpu.requirements import Requirements

ON_DEMAND, SPOT, RESERVED = "on-demand", "spot", "reserved"
_ZONES = (vocabulary.ZONE, vocabulary.ZONE_ID)
_RESERVATION = (
    vocabulary.CAPACITY_RESERVATION_ID,
    vocabulary.CAPACITY_RESERVATION_TYPE,
    vocabulary.CAPACITY_RESERVATION_INTERRUPTIBLE,
)

OFFERING_LABELS = (vocabulary.CAPACITY_TYPE, *_ZONES, *_RESERVATION)
"""The labels by which offerings of one instance type differ."""


def with_offering(requirements: Requirements, types: NodeClassInstanceTypes) -> int:
    """Return the set of types with an offering that the requirements allow."""
    for key in _ZONES:
        zone = requirements.allowed(key)
        # A zone is a name: what has bounds allows numbers only.
        if not (zone.complement or zone.values) or zone.gte is not None or zone.lte is not None:
            return 0
    capacity_type = requirements.allowed(vocabulary.CAPACITY_TYPE)
    reservation = [requirements.allowed(key) for key in _RESERVATION if key in requirements]
    everything = types.catalogue.everything
    found = 0
    if all(requirement.refuses for requirement in reservation):  # other offerings have no reservation
        found |= everything if ON_DEMAND in capacity_type else 0
        found |= types.catalogue.spot if SPOT in capacity_type else 0
    if (
        RESERVED in types.release.capacity_types
        and types.node_class.selects_reservations
        and RESERVED in capacity_type
        and all(requirement.complement or requirement.values for requirement in reservation)
        and _is_selected(requirements, types.node_class)
    ):
        found = everything
    return found


def _is_selected(requirements: Requirements, node_class: NodeClass) -> bool:
    """Return whether the requirements allow a reservation that the node class selects, as far as its ids are known."""
    wanted, ids = requirements.allowed(vocabulary.CAPACITY_RESERVATION_ID), node_class.reservation_ids
    return ids is None or any(reservation in wanted for reservation in ids)


def capacity_types(type_set: int, types: NodeClassInstanceTypes) -> frozenset[str]:
    """Return the capacity types that some of the instance types have."""
    if not type_set:
        return frozenset()
    found = {ON_DEMAND}
    found |= {SPOT} if type_set & types.catalogue.spot else set()
    found |= {RESERVED} if types.node_class.selects_reservations else set()
    return frozenset(found)
