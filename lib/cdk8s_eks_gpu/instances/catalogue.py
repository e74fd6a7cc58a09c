"""All instance types, and which of them satisfy requirements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.instances.instance_type import ABSENT_LABELS, InstanceType
from cdk8s_eks_gpu.instances.older_releases import seen_by
from cdk8s_eks_gpu.requirements.labels import WELL_KNOWN_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cdk8s_eks_gpu.requirements import Requirement, Requirements

_TABLE = Path(__file__).parent / "instance-types.csv"
_SOURCE = Path(__file__).parent / "source.json"
_FEW = 40  # types that are found faster one by one
_ALLOCATABLE = "allocatable:"
# Labels whose values Karpenter itself gives: none of theirs comes with a new instance type.
_CLOSED = frozenset({vocabulary.ARCH, vocabulary.OS, vocabulary.WINDOWS_BUILD, *WELL_KNOWN_VALUES})
_TRUTH = {"true": True, "false": False, "": None}


class Catalogue(Mapping[str, InstanceType]):
    """Instance types by name, sorted; immutable.

    A set of types is an integer with one bit a type, in the order of the names. A requirement on a label then costs a
    look at the label's values, not at all the types, and requirements are intersected with `&`.
    """

    def __init__(self, types: Iterable[InstanceType]) -> None:
        """Hold the types."""
        self._types = tuple(sorted(types, key=lambda one: one.name))
        self._by_name = {one.name: one for one in self._types}
        self._bytes: dict[tuple[int, int], tuple[InstanceType, ...]] = {}
        self._values: dict[str, Mapping[str, int] | None] = {}
        self.everything = (1 << len(self._types)) - 1

    def __getitem__(self, name: str) -> InstanceType:
        """Return the type of that name; `find` explains why there is none."""
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._by_name)

    def __len__(self) -> int:
        """Return how many types there are."""
        return len(self._types)

    def find(self, name: str) -> InstanceType:
        """Return the type of that name.

        Raises:
            UnknownNameError: There is none; the message has a hint.
        """
        if name in self._by_name:
            return self._by_name[name]
        raise UnknownNameError("instance type", name, self._by_name)

    def admitted(self, requirements: Requirements) -> tuple[InstanceType, ...]:
        """Return the types that have a value left for every label that they and the requirements both name."""
        return self.of_set(self.admitted_set(requirements))

    def admitted_set(self, requirements: Requirements) -> int:
        """Return the same types as a set of bits."""
        admitted = self.everything
        for requirement in requirements.values():
            admitted &= self.satisfying(requirement)
        return admitted

    def satisfying(self, requirement: Requirement) -> int:
        """Return the set of types that satisfy the one requirement; all, for a label that types do not define."""
        values = self._values_of(requirement.key)
        if values is None:
            return self.everything
        named = values.keys() if requirement.complement else values.keys() & requirement.values
        satisfying = 0
        if requirement.refuses:
            satisfying = self.everything
            for types in values.values():
                satisfying &= ~types
        for value in named:
            if value in requirement:
                satisfying |= values[value]
        return satisfying

    def of_set(self, types: int) -> tuple[InstanceType, ...]:
        """Return the types of a set of bits, sorted by name."""
        found: list[InstanceType] = []
        if types.bit_count() < _FEW:
            while types:
                lowest = types & -types
                found.append(self._types[lowest.bit_length() - 1])
                types ^= lowest
            return tuple(found)
        # Eight types at a time: which types a byte stands for is looked up, since many sets share theirs.
        for place, byte in enumerate(types.to_bytes(len(self._types) // 8 + 1, "little")):
            if byte:
                found += self._of_byte(place, byte)
        return tuple(found)

    def _of_byte(self, place: int, byte: int) -> tuple[InstanceType, ...]:
        found = self._bytes.get((place, byte))
        if found is None:
            found = tuple(self._types[8 * place + bit] for bit in range(8) if byte >> bit & 1)
            self._bytes[place, byte] = found
        return found

    def unknown_values(self, requirement: Requirement) -> frozenset[str]:
        """Return the values of an In requirement that no known type has, sought in the labels whose facts are here.

        EC2 brings new types and Karpenter asks it, so such a value may be newer than the facts: which types it admits
        is not known, rather than none. Values of labels whose list is closed, such as the architecture, are never
        newer; nor are those of other operators, which name no type.
        """
        values = None if requirement.key in _CLOSED else self._values_of(requirement.key)
        if values is None or requirement.complement:
            return frozenset()
        return frozenset(requirement.values) - values.keys()

    def label_values(self, key: str) -> frozenset[str]:
        """Return every value that some type has for the label; empty for a label that types do not define."""
        return frozenset(self._values_of(key) or ())

    def _values_of(self, key: str) -> Mapping[str, int] | None:
        """Return for each value of a label the set of types that have it; None for a label that types do not define."""
        if key not in self._values:
            values = dict.fromkeys(WELL_KNOWN_VALUES.get(key, ()), self.everything)
            for position, each in enumerate(self._types) if not values else ():
                value = each.labels.get(key)
                if value is not None:
                    values[value] = values.get(value, 0) | 1 << position
            self._values[key] = values if values or key in ABSENT_LABELS else None
        return self._values[key]


@cache
def catalogue() -> Catalogue:
    """Return every instance type that is known; `source.json` says from where."""
    heading, *rows = _TABLE.read_text(encoding="utf-8").splitlines()
    columns = heading.split(",")
    resources = [at for at, column in enumerate(columns) if column.startswith(_ALLOCATABLE)]
    first, last = resources[0], resources[-1]
    return Catalogue(_instance_type(row.split(","), columns, first, last) for row in rows)


@cache
def catalogue_for(karpenter: str) -> Catalogue:
    """Return every instance type as a minor version of Karpenter sees it."""
    seen = [seen_by(karpenter, each) for each in catalogue().values()]
    same = all(one is other for one, other in zip(seen, catalogue().values(), strict=True))
    return catalogue() if same else Catalogue(seen)


def _instance_type(cells: list[str], columns: list[str], first: int, last: int) -> InstanceType:
    """Return the type of a row: the labels stand before the resources, what else is known behind them."""
    labels = {key: value for key, value in zip(columns, cells[:first], strict=False) if value}
    # Karpenter says of bare metal that its hypervisor is "", not that it has none (v1.15.1, types.go).
    labels.setdefault(vocabulary.INSTANCE_HYPERVISOR, "")
    quantities = {
        column.removeprefix(_ALLOCATABLE): value
        for column, value in zip(columns[first : last + 1], cells[first : last + 1], strict=True)
        if value
    }
    others = dict(zip(columns[last + 1 :], cells[last + 1 :], strict=True))
    return InstanceType(
        name=cells[0],
        labels=MappingProxyType(labels),
        quantities=MappingProxyType(quantities),
        network_cards=int(others["network-cards"]) if others["network-cards"] else None,
        spot=_TRUTH[others["spot"]],
        instance_store=int(others["instance-store"]) if others["instance-store"] else None,
        nested_virtualization=_TRUTH[others["nested-virtualization"]],
        ena=_TRUTH[others["ena"]],
        interfaces=tuple(map(int, others["interfaces"].split())),
        since=others["since"] or None,
        source=others["source"],
    )


def facts_source() -> dict[str, str]:
    """Return where the facts come from: `repository`, `version`, `document` and `date` (YYYY-MM-DD).

    The document is that of most types, and the version that of the Karpenter whose code made labels of it; `source` of
    a type says where another's facts are from.
    """
    source = json.loads(_SOURCE.read_text(encoding="utf-8"))
    page = source["documents"][0]
    return {
        "repository": source["repository"],
        "version": source["version"],
        "document": page["document"],
        "date": page["date"],
    }
