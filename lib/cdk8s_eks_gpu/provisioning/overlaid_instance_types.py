"""The instance types of a node class with the resources that NodeOverlays add for one pool."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.provisioning.reasons import InsufficientResource, Reasons
from cdk8s_eks_gpu.requirements.resources import HUGE_PAGES, MEMORY, Amounts, add

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes

_NOTHING = Decimal(0)


class OverlaidInstanceTypes:
    """The types of a node class with the resources that NodeOverlays add for one pool."""

    def __init__(self, types: NodeClassInstanceTypes, overlays: tuple[tuple[int, str, Decimal], ...] = ()) -> None:
        """Take the types, and for each overlay and resource the set of types that it applies to, and the amount."""
        self.types = types
        self.overlays = overlays

    def fitting(self, requests: Amounts, among: int) -> int:
        """Return the set of those types that can give all of that to pods."""
        if not self.overlays:
            return self.types.fitting(requests, among)
        types = self.types.nowhere_negative(among)
        for resource, amount in requests.items():
            types &= ~self._lacking(resource, amount, among)
        return types

    def _lacking(self, resource: str, amount: Decimal, among: int) -> int:
        """Return the set of those types that cannot give so much of the resource to pods."""
        fitting = self.types.with_allocatable(resource, amount, among)
        for overlaid, name, capacity_there in self.overlays:
            if name == resource:
                fitting = (fitting & ~overlaid) | (overlaid if amount <= capacity_there else 0)
            elif name.startswith(HUGE_PAGES) and resource == MEMORY and amount > 0:
                # Huge pages are taken out of the memory.
                fitting &= ~overlaid | self.types.with_allocatable(MEMORY, amount + capacity_there, among)
        return among & ~fitting

    def within(self, limits: Amounts, among: int) -> int:
        """Return the set of those types of which one node is within the limits."""
        types = among
        for resource, limit in limits.items():
            within = self.types.with_capacity(resource, limit, among)
            for overlaid, name, capacity_there in self.overlays:
                if name == resource:
                    within = (within & ~overlaid) | (overlaid if capacity_there <= limit else 0)
            types &= within
        return types

    def shortages(self, requests: Amounts, overhead: Amounts) -> list[tuple[int, Reasons]]:
        """Return sets of all types with the resources of which they cannot give what pod and DaemonSets ask for."""
        key = (tuple(sorted(requests.items())), tuple(sorted(overhead.items())), self.overlays)
        if key not in self.types.shortages:
            self.types.shortages[key] = self._shortages(requests, overhead)
        return self.types.shortages[key]

    def _shortages(self, requests: Amounts, overhead: Amounts) -> list[tuple[int, Reasons]]:
        wanted = add(requests, overhead)
        everything = self.types.catalogue.everything
        lacking = {name: self._lacking(name, amount, everything) for name, amount in sorted(wanted.items())}
        by_reasons: dict[Reasons, int] = {}
        for position, instance_type in enumerate(self.types.catalogue.values()):
            names = [name for name, types in lacking.items() if types >> position & 1]
            if names:
                has = self.allocatable(instance_type, position)
                amounts = ((name, requests.get(name, _NOTHING), overhead.get(name, _NOTHING)) for name in names)
                reasons: Reasons = tuple(
                    InsufficientResource(name, requested, of_daemons, has.get(name, _NOTHING))
                    for name, requested, of_daemons in amounts
                )
                by_reasons[reasons] = by_reasons.get(reasons, 0) | 1 << position
        return [(types, reasons) for reasons, types in by_reasons.items()]

    def capacity(self, position: int) -> Amounts:
        """Return what a node of the type at the position in the catalogue has in all, by resource, in base units."""
        return {**self.types.capacity(self.types.catalogue.at(position)), **self._added(position)}

    def _added(self, position: int) -> Amounts:
        return {name: amount for overlaid, name, amount in self.overlays if overlaid >> position & 1}

    def allocatable(self, instance_type: InstanceType, position: int) -> Amounts:
        """Return what a node of the type can give to pods, by resource, in base units."""
        allocatable, added = self.types.allocatable(instance_type), self._added(position)
        if not added:
            return allocatable
        huge = sum((amount for name, amount in added.items() if name.startswith(HUGE_PAGES)), _NOTHING)
        return {**allocatable, **added, MEMORY: max(allocatable[MEMORY] - huge, _NOTHING)}
