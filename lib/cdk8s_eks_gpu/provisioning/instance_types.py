"""The instance types as an EC2NodeClass makes nodes of them, in sets that are quick to ask.

A set of types is an integer with one bit a type, as in the catalogue. For each resource the types are kept sorted by
how much they have of it, so that a request is answered without looking at each type.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances.catalogue import positions
from cdk8s_eks_gpu.provisioning.node_arithmetic import capacity, overhead
from cdk8s_eks_gpu.provisioning.node_class import AL2023, WINDOWS_BUILDS, NodeClass
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, karpenter_release
from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements
from cdk8s_eks_gpu.requirements.resources import CPU, MEMORY, PODS, STORAGE, Amounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cdk8s_eks_gpu.instances import Catalogue, InstanceType
    from cdk8s_eks_gpu.provisioning.reasons import Reasons


_NOTHING = Decimal(0)
RESERVABLE = (CPU, MEMORY, STORAGE, PODS)
"""What a type can have less than nothing of, once all that is reserved is taken off."""


class _Amounts:
    """Which of some types have how much of one resource."""

    def __init__(self, types: int, amounts: Iterable[tuple[int, Decimal | int]]) -> None:
        """Take the set of types, and the amount of each with its position in the catalogue."""
        self.types = types
        by_amount: dict[Decimal | int, int] = {}
        for position, amount in amounts:
            by_amount[amount] = by_amount.get(amount, 0) | 1 << position
        self._sorted = sorted(by_amount)
        self._up_to = [0]
        for amount in self._sorted:
            self._up_to.append(self._up_to[-1] | by_amount[amount])

    def at_least(self, amount: Decimal) -> int:
        return self._up_to[-1] & ~self._up_to[bisect_left(self._sorted, amount)]

    def at_most(self, amount: Decimal) -> int:
        return self._up_to[bisect_right(self._sorted, amount)]


class NodeClassInstanceTypes:
    """All instance types under one node class: labels, capacity, allocatable, and which of them the class can launch.

    Node classes that differ in name only share one.
    """

    def __init__(self, node_class: NodeClass, catalogue: Catalogue, karpenter: str = DEFAULT_KARPENTER) -> None:
        """Take the class, the facts, and the version of Karpenter."""
        self.node_class = node_class
        self.release = karpenter_release(karpenter)
        self.catalogue = catalogue
        self._capacity: dict[str, Amounts] = {}
        self._allocatable: dict[str, Amounts] = {}
        self._indexed = 0
        self._by_capacity: dict[str, _Amounts] = {}
        self._by_allocatable: dict[str, _Amounts] = {}
        self._satisfying: dict[Requirement, int] = {}
        self.shortages: dict[object, list[tuple[int, Reasons]]] = {}

    def capacity(self, instance_type: InstanceType) -> Amounts:
        """Return what a node has in all, by resource, in base units."""
        found = self._capacity.get(instance_type.name)
        if found is None:
            found = self._capacity[instance_type.name] = capacity(instance_type, self.node_class)
        return found

    def allocatable(self, instance_type: InstanceType) -> Amounts:
        """Return what a node can give to pods, by resource, in base units; it may be less than nothing."""
        found = self._allocatable.get(instance_type.name)
        if found is None:
            has = self.capacity(instance_type)
            kept = overhead(instance_type, self.node_class, has)
            found = {name: amount - kept[name] if name in kept else amount for name, amount in has.items()}
            self._allocatable[instance_type.name] = found
        return found

    def with_capacity(self, resource: str, at_most: Decimal, among: int) -> int:
        """Return the set of those types that have at most so much of the resource."""
        return among & self._index(self._by_capacity, resource, self.capacity, among).at_most(at_most)

    def with_capacity_of(self, resource: str, among: int) -> int:
        """Return the set of those types that have any of the resource."""
        return among & ~self.with_capacity(resource, _NOTHING, among)

    def with_allocatable(self, resource: str, at_least: Decimal, among: int) -> int:
        """Return the set of those types that can give so much of the resource to pods."""
        return among & self._index(self._by_allocatable, resource, self.allocatable, among).at_least(at_least)

    def _index(
        self, indexes: dict[str, _Amounts], resource: str, amounts: Callable[[InstanceType], Amounts], among: int
    ) -> _Amounts:
        """Return the index of the resource with these types in it.

        Of a single pool no types but its own are ever asked: all others come in with the first question beyond them.
        """
        if among & ~self._indexed:
            self._indexed = self.catalogue.everything if self._indexed else among
        index = indexes.get(resource)
        if index is None or index.types != self._indexed:
            places = positions(self._indexed)
            found = ((place, amounts(self.catalogue.at(place)).get(resource, 0)) for place in places)
            index = indexes[resource] = _Amounts(self._indexed, found)
        return index

    def fitting(self, requests: Amounts, among: int) -> int:
        """Return the set of those types that can give all of that to pods."""
        types = self.nowhere_negative(among)
        for resource, amount in requests.items():
            types &= self.with_allocatable(resource, amount, among)
        return types

    def nowhere_negative(self, among: int) -> int:
        """Return the set of those types of which nothing is reserved beyond what there is; Karpenter takes no other."""
        types = among
        for resource in RESERVABLE:
            types &= self.with_allocatable(resource, _NOTHING, among)
        return types

    def satisfying(self, requirement: Requirement) -> int:
        """Return the set of types whose labels satisfy the requirement; all, for a label that types do not define."""
        types = self._satisfying.get(requirement)
        if types is None:
            types = self._satisfying[requirement] = self._types_with(requirement)
        return types

    def admitted(self, requirements: Requirements) -> int:
        """Return the set of types whose labels satisfy all the requirements."""
        types = self.catalogue.everything
        for requirement in requirements.values():
            types &= self.satisfying(requirement)
        return types

    def _types_with(self, requirement: Requirement) -> int:
        """As in Karpenter, the AMI family decides the operating system, which is Windows on amd64 only."""
        everything = self.catalogue.everything
        if requirement.key == vocabulary.OS:
            if not self.node_class.is_windows:
                return everything if "linux" in requirement else 0
            on_amd64 = self._with_label(vocabulary.ARCH, "amd64")
            return (on_amd64 if "windows" in requirement else 0) | (
                everything & ~on_amd64 if requirement.refuses else 0
            )
        if requirement.key == vocabulary.WINDOWS_BUILD and self.node_class.is_windows:
            return everything if WINDOWS_BUILDS.get(self.node_class.ami_family, "") in requirement else 0
        if requirement.key == vocabulary.REGION:
            return everything if requirement.complement or requirement.values else 0
        if requirement.key == vocabulary.CAPACITY_TYPE:
            return everything  # which there are is a matter of offerings
        return self.catalogue.satisfying(requirement)

    def _with_label(self, key: str, value: str) -> int:
        return self.catalogue.satisfying(Requirement.of(key, Operator.IN, value))

    @cached_property
    def incompatible(self) -> Mapping[str, int]:
        """What of the node class keeps it from launching which types, by the field of its spec.

        Source: `pkg/providers/instancetype/compatibility` of aws/karpenter-provider-aws v1.14.1.
        """
        everything = self.catalogue.everything
        kept_out = {
            "amiFamily": self._with_label(vocabulary.INSTANCE_FAMILY, "a1")
            if self.node_class.ami_family == AL2023
            else 0,
            "connectionTracking": everything & ~self._with_label(vocabulary.INSTANCE_HYPERVISOR, "nitro")
            if self.node_class.connection_tracking
            else 0,
            "cpuOptions.nestedVirtualization": self._types_where(lambda each: not each.nested_virtualization)
            if self.node_class.nested_virtualization
            else 0,
            "networkInterfaces": self._types_where(self._lacks_interfaces)
            if self.node_class.network_interfaces is not None
            else 0,
        }
        return {field: types for field, types in kept_out.items() if types}

    @cached_property
    def compatible(self) -> int:
        """The set of types that the node class can launch."""
        types = self.catalogue.everything
        for kept_out in self.incompatible.values():
            types &= ~kept_out
        return types

    def _types_where(self, holds: Callable[[InstanceType], bool]) -> int:
        return sum(1 << position for position, each in enumerate(self.catalogue.values()) if holds(each))

    def _lacks_interfaces(self, instance_type: InstanceType) -> bool:
        """Return whether the type lacks a card, a place on a card, or EFA interfaces that the class asks for."""
        interfaces = self.node_class.network_interfaces or ()
        if instance_type.ena is False:
            return True
        on_cards = instance_type.interfaces_per_card
        cards = len(on_cards) or instance_type.network_cards or 1
        if any(
            interface.card >= cards or (on_cards and interface.device >= on_cards[interface.card])
            for interface in interfaces
        ):
            return True
        return sum(interface.efa_only for interface in interfaces) > instance_type.count(vocabulary.EFA)
