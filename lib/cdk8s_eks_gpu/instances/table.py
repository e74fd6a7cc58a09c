"""The table of instance types that comes with the package: a row a type, read as far as it is asked for."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances.instance_type import InstanceType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TABLE = Path(__file__).parent / "instance-types.csv"
_ALLOCATABLE = "allocatable:"
_TRUTH = {"true": True, "false": False, "": None}
# Karpenter itself says of bare metal that its hypervisor is "", not that it has none (v1.15.1, types.go).
_EVEN_IF_EMPTY = vocabulary.INSTANCE_HYPERVISOR


class Table:
    """The rows, sorted by the names of the types. Most questions are about a few of them."""

    def __init__(self, text: str) -> None:
        """Take the text of the file: comma-separated, with a heading."""
        heading, *self._lines = text.splitlines()
        self._columns = heading.split(",")
        resources = [at for at, column in enumerate(self._columns) if column.startswith(_ALLOCATABLE)]
        # Labels stand before the resources, what else is known behind them.
        self._first, self._last = resources[0], resources[-1]
        self.names = [line.partition(",")[0] for line in self._lines]
        self._types: dict[int, InstanceType] = {}

    @cached_property
    def _rows(self) -> list[list[str]]:
        return [line.split(",") for line in self._lines]

    def values(self, label: str) -> Sequence[str | None]:
        """Return each type's value of a label; of one that no type has, none at all."""
        if label not in self._columns[: self._first]:
            return ()
        at = self._columns.index(label)
        if label == _EVEN_IF_EMPTY:
            return [row[at] for row in self._rows]
        return [row[at] or None for row in self._rows]

    def never_spot(self) -> Iterator[int]:
        """Yield the positions of the types that EC2 does not sell as spot."""
        at = self._columns.index("spot")
        return (position for position, row in enumerate(self._rows) if _TRUTH[row[at]] is False)

    def instance_type(self, position: int) -> InstanceType:
        """Return the type of a row: always the same object."""
        found = self._types.get(position)
        if found is None:
            found = self._types[position] = self._read(self._lines[position].split(","))
        return found

    def _read(self, cells: list[str]) -> InstanceType:
        first, last, columns = self._first, self._last + 1, self._columns
        labels = {key: value for key, value in zip(columns, cells[:first], strict=False) if value}
        labels.setdefault(_EVEN_IF_EMPTY, "")
        quantities = {
            column.removeprefix(_ALLOCATABLE): value
            for column, value in zip(columns[first:last], cells[first:last], strict=True)
            if value
        }
        others = dict(zip(columns[last:], cells[last:], strict=True))
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


@cache
def table() -> Table:
    """Return the table; it is read once."""
    return Table(_TABLE.read_text(encoding="utf-8"))
