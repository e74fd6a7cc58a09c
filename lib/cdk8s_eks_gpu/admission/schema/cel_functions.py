"""Functions of CEL that Kubernetes adds, or that evaluators other than its own read too leniently."""

from __future__ import annotations

import re
from functools import lru_cache

_CALLS_INT = re.compile(r"\bint\(")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

STRICT_INT = "strictInt"
"""What `int` is called after `with_strict_int`."""


def with_strict_int(expression: str) -> str:
    """Return the expression with its calls of `int` made calls of `strict_int`; Karpenter's all take a text."""
    return _CALLS_INT.sub(f"{STRICT_INT}(", expression)


def strict_int(text: str) -> int:
    """Return the number that a text is, as Go reads it: no spaces, no underscores, 64 bits.

    Raises:
        ValueError: The text is no such number.
    """
    number = int(text) if _INTEGER.match(text) and len(text) < 30 else None  # noqa: PLR2004 -- longer than 64 bits are
    if number is None or not _SMALLEST <= number <= _LARGEST:
        raise ValueError(f"{text!r} is no integer of 64 bits")
    return number


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def find(text: str, pattern: str) -> str:
    """Return the first match of the pattern in the text, or an empty string: Kubernetes' `find`."""
    match = _compiled(pattern).search(text)
    return match[0] if match else ""
