"""Did-you-mean hints for names that are not known."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLOSE = 0.75  # of difflib's ratio: one or two slips in a label key or an instance type


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that the given one most likely stands for, or None where nothing is close."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    matches = get_close_matches(name.casefold(), by_folded, n=1, cutoff=_CLOSE)
    return by_folded[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint to put behind a message, such as ` (did you mean 'NotIn'?)`, or an empty text."""
    match = closest(name, known)
    return f" (did you mean {match!r}?)" if match else ""
