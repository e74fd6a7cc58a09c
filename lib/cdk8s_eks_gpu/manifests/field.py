"""A walk through data that somebody else wrote: what has the wrong type is noted with its path, and reading goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.errors import EksGpuError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLAIN = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Field:
    """A value somewhere in a manifest. A value that is missing or null is empty, as for Kubernetes.

    Attributes:
        value: The value: a dict, list, string, number, boolean or None.
        path: Where it is, in the manifest's own keys.
        problems: Where to note what is wrong; shared by all fields of a reading.
    """

    value: Any
    path: str
    problems: list[Problem]

    def refuse(self, message: str) -> None:
        """Note that something is wrong with the value."""
        self.problems.append(Problem(self.path, message))

    def __getitem__(self, key: str) -> Field:
        """Return the field of a mapping, which may be missing."""
        step = f".{key}" if _PLAIN.fullmatch(key) else f'["{key}"]'
        return Field(self._as(dict, "a mapping", {}).get(key), f"{self.path}{step}".lstrip("."), self.problems)

    def __bool__(self) -> bool:
        """Return whether there is a value; an empty mapping is one."""
        return self.value is not None

    def entries(self) -> Iterator[tuple[str, Field]]:
        """Iterate over the keys and values of a mapping."""
        for key in self._as(dict, "a mapping", {}):
            yield key, self[key]

    def items(self) -> Iterator[Field]:
        """Iterate over the items of a list."""
        for position, item in enumerate(self._as(list, "a list", [])):
            yield Field(item, f"{self.path}[{position}]", self.problems)

    def text(self, default: str = "") -> str:
        """Return a string."""
        text: str = self._as(str, "a string", default)
        return text

    def texts(self) -> tuple[str, ...]:
        """Return a list of strings."""
        return tuple(item.text() for item in self.items())

    def integer(self) -> int | None:
        """Return a whole number, or None where there is none."""
        number: int | None = self._as(int, "a whole number", None)
        return number

    def read(self, make: Callable[[], Any]) -> Any:  # noqa: ANN401 -- whatever `make` returns
        """Return what `make` makes, or None where it raises an error of ours, which is then noted here."""
        try:
            return make()
        except EksGpuError as error:
            self.refuse(str(error))
            return None

    def _as(self, kind: type, name: str, default: Any) -> Any:  # noqa: ANN401 -- a value of `kind`
        if self.value is None:
            return default
        if isinstance(self.value, kind) and not (kind is int and isinstance(self.value, bool)):
            return self.value
        self.refuse(f"{self.value!r} is not {name}")
        return default
