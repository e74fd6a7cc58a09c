"""All instance types, and which of them satisfy requirements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.instances.instance_type import ABSENT_LABELS, InstanceType
from cdk8s_eks_gpu.instances.older_releases import CHANGED_LABELS, seen_by
from cdk8s_eks_gpu.instances.table import Table, table
from cdk8s_eks_gpu.requirements.labels import WELL_KNOWN_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.requirements import Requirement, Requirements


_SOURCE = Path(__file__).parent / "source.json"
_FEW = 40  # types that are found faster one by one


def positions(types: int) -> Iterator[int]:
    """Yield the positions in the catalogue of a set of types."""
    while types:
        lowest = types & -types
        yield lowest.bit_length() - 1
        types ^= lowest


class Catalogue(Mapping[str, InstanceType]):
    """Instance types by name, sorted; immutable.

    A set of types is an integer with one bit a type, in the order of the names. A requirement on a label then costs a
    look at the label's values, not at all the types, and requirements are intersected with `&`.
    """

    def __init__(self, types: Table, karpenter: str | None = None) -> None:
        """Take the table of types, and the minor version of Karpenter that sees them; none sees all that is known."""
        self._table = types
        self._karpenter = karpenter
        self._positions = {name: position for position, name in enumerate(types.names)}
        self._types: dict[int, InstanceType] = {}
        self._bytes: dict[tuple[int, int], tuple[InstanceType, ...]] = {}
        self._values: dict[str, Mapping[str, int] | None] = {}
        self.everything = (1 << len(types.names)) - 1

    def __getitem__(self, name: str) -> InstanceType:
        """Return the type of that name; `find` explains why there is none."""
        return self.at(self._positions[name])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._positions)

    def __len__(self) -> int:
        """Return how many types there are."""
        return len(self._positions)

    def at(self, position: int) -> InstanceType:
        """Return the type at a position: the bit that it has in sets."""
        found = self._types.get(position)
        if found is None:
            known = self._table.instance_type(position)
            found = self._types[position] = seen_by(self._karpenter, known) if self._karpenter else known
        return found

    def find(self, name: str) -> InstanceType:
        """Return the type of that name.

        Raises:
            UnknownNameError: There is none; the message has a hint.
        """
        if name in self._positions:
            return self[name]
        raise UnknownNameError("instance type", name, self._positions)

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
        if types.bit_count() < _FEW:
            return tuple(map(self.at, positions(types)))
        found: list[InstanceType] = []
        # Eight types at a time: which types a byte stands for is looked up, since many sets share theirs.
        for place, byte in enumerate(types.to_bytes(len(self) // 8 + 1, "little")):
            if byte:
                found += self._of_byte(place, byte)
        return tuple(found)

    def _of_byte(self, place: int, byte: int) -> tuple[InstanceType, ...]:
        found = self._bytes.get((place, byte))
        if found is None:
            found = tuple(self.at(8 * place + bit) for bit in range(8) if byte >> bit & 1)
            self._bytes[place, byte] = found
        return found

    def label_values(self, key: str) -> frozenset[str]:
        """Return every value that some type has for the label; empty for a label that types do not define."""
        return frozenset(self._values_of(key) or ())

    def _values_of(self, key: str) -> Mapping[str, int] | None:
        """Return for each value of a label the set of types that have it; None for a label that types do not define."""
        if key not in self._values:
            values = dict.fromkeys(WELL_KNOWN_VALUES.get(key, ()), self.everything)
            for position, value in enumerate(self._labels(key)) if not values else ():
                if value is not None:
                    values[value] = values.get(value, 0) | 1 << position
            self._values[key] = values if values or key in ABSENT_LABELS else None
        return self._values[key]

    @cached_property
    def spot(self) -> int:
        """The set of types that EC2 sells as spot; those of which it is not known are among them."""
        return self.everything & ~sum(1 << position for position in self._table.never_spot())

    def _labels(self, key: str) -> Sequence[str | None]:
        """Return each type's value of a label."""
        if self._karpenter and key in CHANGED_LABELS:
            return [each.labels.get(key) for each in self.values()]
        return self._table.values(key)


@cache
def catalogue() -> Catalogue:
    """Return every instance type that is known; `source.json` says from where."""
    return Catalogue(table())


@cache
def catalogue_for(karpenter: str) -> Catalogue:
    """Return every instance type as a minor version of Karpenter sees it."""
    return Catalogue(table(), karpenter)


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
