"""Did-you-mean hints for names that are not known."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def closest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known name that the given one most likely stands for, or None where none is as like (0 to 1)."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    matches = get_close_matches(name.casefold(), by_folded, n=1, cutoff=likeness)
    return by_folded[matches[0]] if matches else None


def sentence(text: str) -> str:
    """Return the text with a full stop, unless it ends with a hint, which is a question."""
    return text if text.endswith("?") else f"{text}."


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return a hint to put behind a message about a name, or nothing where no known name comes near."""
    return hint(closest(str(name), known))


def hint(meant: str | None) -> str:
    """Return `; did you mean 'spot'?` to put behind a message, or nothing where nothing is known to be meant."""
    return f"; did you mean {meant!r}?" if meant else ""


def few(names: Sequence[str], most: int = 5, separator: str = ", ") -> str:
    """Return the names, or the first and how many more there are: `a, b and 3 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return separator.join(names[:most]) + more
