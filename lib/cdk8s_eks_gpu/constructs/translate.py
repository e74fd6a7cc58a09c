"""The small steps from options to generated classes."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

A = TypeVar("A")
B = TypeVar("B")
E = TypeVar("E", bound=Enum)


def maybe(make: Callable[[A], B], value: A | None) -> B | None:
    """Translate a value that may be left out."""
    return None if value is None else make(value)


def each(make: Callable[[A], B], values: Iterable[A] | None) -> list[B] | None:
    """Translate each value of a list that may be left out."""
    return None if values is None else [make(value) for value in values]


def member(enum: type[E]) -> Callable[[str], E]:
    """Return the translation to the enum's members, as cdk8s-cli names them: `NotIn` is NOT_IN, `a-b` A_HYPHEN_B."""
    return lambda value: enum[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).replace("-", "_HYPHEN_").upper()]
