"""One way through untrusted data: a value with its path, read leniently.

What has the wrong type counts as absent, as does null: what the API server refuses of an object is for `admission` to
say, so that it is written once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.quantity import quantity_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from cdk8s_eks_gpu.manifests.path import Path


class Cursor:
    """A value somewhere in a manifest. A plain class, since there are dozens for each object.

    Attributes:
        value: The value: a dict, list, string, number, boolean or None.
        path: Where it is in the manifest: keys of mappings and places in lists.
    """

    __slots__ = ("path", "value")

    def __init__(self, value: Any, path: Path = ()) -> None:  # noqa: ANN401 -- any value of a manifest
        """Point at a value."""
        self.value = value
        self.path = path

    def __getitem__(self, step: str | int) -> Cursor:
        """Return the value of a key, or at a place of a list; it may be absent."""
        value = self.value
        inner = None
        if isinstance(value, dict):
            inner = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            inner = value[step]
        return Cursor(inner, (*self.path, step))

    def at(self, *path: str | int) -> Cursor:
        """Return the value at a path below this one; it may be absent."""
        cursor = self
        for step in path:
            cursor = cursor[step]
        return cursor

    def __bool__(self) -> bool:
        """Return whether there is a value; an empty mapping is one."""
        return self.value is not None

    def mapping(self) -> dict[str, Any]:
        """Return the mapping as it is, or an empty one."""
        return self.value if isinstance(self.value, dict) else {}

    def entries(self) -> Iterator[tuple[str, Cursor]]:
        """Iterate over the keys and values of a mapping."""
        for key, value in self.mapping().items():
            yield key, Cursor(value, (*self.path, key))

    def items(self) -> Iterator[Cursor]:
        """Iterate over the items of a list."""
        if isinstance(self.value, list):
            for position, item in enumerate(self.value):
                yield Cursor(item, (*self.path, position))

    def objects(self) -> Iterator[Cursor]:
        """Iterate over those items of a list that are mappings."""
        return (item for item in self.items() if isinstance(item.value, dict))

    def text(self, default: str = "") -> str:
        """Return a string."""
        return self.value if isinstance(self.value, str) else default

    def texts(self) -> tuple[str, ...]:
        """Return the strings of a list."""
        return tuple(item.value for item in self.items() if isinstance(item.value, str))

    def integer(self) -> int | None:
        """Return a whole number, or None where there is none."""
        return self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else None

    def quantity(self) -> Decimal | None:
        """Return a resource quantity in its base unit, or None where there is none."""
        return quantity_of(self.value)

    def quantities(self) -> dict[str, Decimal]:
        """Return the resource quantities of a mapping, in base units."""
        amounts = ((name, quantity_of(value)) for name, value in self.mapping().items())
        return {name: amount for name, amount in amounts if amount is not None}
