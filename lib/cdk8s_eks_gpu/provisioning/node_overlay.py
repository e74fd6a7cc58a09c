"""NodeOverlays: resources of instance types, beyond those that Karpenter finds out itself (from 1.7 on, alpha)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.offerings import with_offering
from cdk8s_eks_gpu.requirements import Requirements
from cdk8s_eks_gpu.requirements.node_selector import read_requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from cdk8s_eks_gpu.manifests.cursor import Cursor
    from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool
    from cdk8s_eks_gpu.requirements.resources import Amounts

Overlaid = tuple[int, str, "Decimal"]
"""The set of types that an overlay applies to, a resource, and how much of it a node has."""


class NodeOverlay(Struct, frozen=True):
    """What a NodeOverlay adds to nodes.

    Attributes:
        name: The overlay's name.
        weight: Where two overlays say the same, the heavier one holds.
        requirements: The instance types and pools that it is about.
        capacity: What they have, by resource, in base units.
        sets_price: Whether it says what they cost, which decides nothing here but whether it is in conflict.
    """

    name: str
    weight: int
    requirements: Requirements
    capacity: Amounts
    sets_price: bool


def read_node_overlay(manifest: Cursor) -> NodeOverlay:
    """Return the overlay of a NodeOverlay manifest."""
    spec = manifest["spec"]
    return NodeOverlay(
        name=manifest["metadata"]["name"].text(),
        weight=spec["weight"].integer() or 0,
        requirements=read_requirements(spec["requirements"]),
        capacity=spec["capacity"].quantities(),
        sets_price=bool(spec["price"] or spec["priceAdjustment"]),
    )


def overlaid(pool: NodePool, types: NodeClassInstanceTypes, overlays: Iterable[NodeOverlay]) -> tuple[Overlaid, ...]:
    """Return what the overlays add to the types of a pool, the heaviest first.

    As in Karpenter, an overlay applies where pool and type define every label that it asks for.
    """
    added: list[Overlaid] = []
    for overlay in overlays:
        applies = _applies(pool, types, overlay)
        for resource, amount in overlay.capacity.items() if applies else ():
            taken = 0
            for earlier, name, _ in added:
                taken |= earlier if name == resource else 0
            if applies & ~taken:
                added.append((applies & ~taken, resource, amount))
    return tuple(added)


def conflicts(
    overlays: Iterable[NodeOverlay], pools: Sequence[tuple[NodePool, NodeClassInstanceTypes]]
) -> Mapping[str, str]:
    """Return the overlays that Karpenter ignores, in their order, each with the one that it is in conflict with.

    That is an earlier one of the same weight that says the same of a type of one of the pools: the price of an
    offering, or a resource; but of a type's resources, Karpenter remembers the last overlay of the weight only.
    Source: `pkg/controllers/nodeoverlay` of kubernetes-sigs/karpenter v1.15.0.
    """
    by_weight: dict[int, list[NodeOverlay]] = {}
    found = {}
    for overlay in overlays:
        earlier = by_weight.setdefault(overlay.weight, [])
        others = (_in_conflict(overlay, earlier, pool, types) for pool, types in pools)
        other = next(filter(None, others), None)
        if other is None:
            earlier.append(overlay)
        else:
            found[overlay.name] = other.name
    return found


def _in_conflict(
    overlay: NodeOverlay, earlier: Sequence[NodeOverlay], pool: NodePool, types: NodeClassInstanceTypes
) -> NodeOverlay | None:
    """Return which of the earlier overlays of the weight, in their order, says the same of a type of the pool."""
    applies = unseen = _applies(pool, types, overlay)
    for other in reversed(earlier):
        both = applies & _applies(pool, types, other)
        price = overlay.sets_price and other.sets_price
        if price and both & with_offering(overlay.requirements & other.requirements, types):
            return other
        if unseen & both and overlay.capacity.keys() & other.capacity.keys():
            return other
        if other.capacity:
            unseen &= ~both
    return None


def in_order(overlays: Iterable[NodeOverlay]) -> list[NodeOverlay]:
    """Return the overlays in the order in which Karpenter applies them."""
    return sorted(overlays, key=lambda overlay: (overlay.weight, overlay.name), reverse=True)


def _applies(pool: NodePool, types: NodeClassInstanceTypes, overlay: NodeOverlay) -> int:
    defined = Requirements((pool.requirements[vocabulary.NODE_POOL], *pool.template_labels.values()))
    applies = types.catalogue.everything
    for key, requirement in overlay.requirements.items():
        if key in defined:
            if not defined[key].intersects(requirement):
                return 0
        elif key in types.release.well_known_labels:
            applies &= types.satisfying(requirement)
        elif not requirement.refuses:
            return 0
    return applies & with_offering(overlay.requirements, types)
