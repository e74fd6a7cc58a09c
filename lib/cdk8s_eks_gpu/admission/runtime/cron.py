"""Cron schedules as Karpenter reads them (`ParseStandard` of robfig/cron)."""

from __future__ import annotations

import re

_DESCRIPTORS = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"},
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# What each of the five fields is called, its bounds, and the names that stand for numbers.
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of week", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_EVERY = re.compile(r"@every \S+\Z")
_DIGITS = re.compile(r"\d{1,9}\Z", re.ASCII)


def cron_fault(schedule: str) -> str | None:
    """Return what is wrong with a cron schedule; None when nothing is."""
    if schedule.startswith("@"):
        return None if schedule in _DESCRIPTORS or _EVERY.match(schedule) else f"{schedule!r} is no known schedule"
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"has {len(fields)} fields; five are needed"
    for text, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        for item in text.split(","):
            if item and (fault := _item_fault(item, low, high, names)):
                return f"the {name} {item!r} {fault}"
    return None


def _item_fault(item: str, low: int, high: int, names: dict[str, int]) -> str | None:
    """Return what is wrong with one item of a field: a number, a range, `*`, each with or without a step."""
    span, slash, step = item.partition("/")
    if slash and (not _DIGITS.match(step) or int(step) == 0):
        return "has no good step"
    first, dash, last = span.partition("-")
    if first in {"*", "?"}:  # whatever comes behind a dash then
        return None
    start, end = _number(first, names), _number(last, names) if dash else None
    if start is None or (dash and end is None):
        return "is no number"
    end = (high if slash else start) if end is None else end
    if start < low or end > high:
        return f"is outside {low} to {high}"
    return "ends before it begins" if start > end else None


def _number(text: str, names: dict[str, int]) -> int | None:
    if text.lower() in names:
        return names[text.lower()]
    return int(text) if _DIGITS.match(text) else None
