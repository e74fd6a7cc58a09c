"""A part of a page, before it becomes a terminal's lines or Markdown, and how numbers are written in it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED = 3
"""Numbers are named one by one up to here, then from the smallest to the largest."""

_MIB_A_GIB = 1024
_ONE_DECIMAL = 10 * _MIB_A_GIB


class Section(Struct, frozen=True):
    """A part of a page.

    Attributes:
        title: The heading.
        columns: The headings of the table's columns; empty where there is no table.
        rows: The cells of the table.
        lines: Lines that are the answer itself.
        notes: Lines that explain the answer.
        alarms: Lines that want attention.
    """

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


def gib_text(mebibytes: Sequence[int]) -> str:
    """Return sizes in MiB as GiB: `80`, `0.5/1/2`, `16-384`."""
    return _range(
        [
            f"{size / _MIB_A_GIB:.1f}".removesuffix(".0") if size < _ONE_DECIMAL else f"{size // _MIB_A_GIB}"
            for size in mebibytes
        ]
    )


def numbers_text(numbers: Sequence[int]) -> str:
    """Return numbers from small to large: `1/4/8`, `1-16`."""
    return _range([str(number) for number in numbers])


def _range(texts: Sequence[str]) -> str:
    return f"{texts[0]}-{texts[-1]}" if len(texts) > LISTED else "/".join(texts)


def runs_text(numbers: Sequence[int]) -> str:
    """Return numbers with their runs drawn together, `0 4-7`, also in equal steps: `4-28 by 4`."""
    if len(numbers) > LISTED:
        steps = {after - before for before, after in pairwise(numbers)}
        if len(steps) == 1:
            step = steps.pop()
            return f"{numbers[0]}-{numbers[-1]}" + (f" by {step}" if step > 1 else "")
    return " ".join(map(str, numbers))
