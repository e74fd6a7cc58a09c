"""The state of something in a cluster, compared with what it should be."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Status(StrEnum):
    """How something stands; the value is what reports print. The first of them outweighs those after it."""

    FAIL = "fail"
    WAITING = "waiting"
    UNKNOWN = "not known"
    PASS = "pass"  # noqa: S105 -- no password

    @property
    def ok(self) -> bool:
        """Whether it neither fails nor is waited for; what is not known does not count."""
        return self in {Status.PASS, Status.UNKNOWN}


def worst(statuses: Iterable[Status]) -> Status:
    """Return the one that outweighs the others; `PASS` where there are none."""
    found = frozenset(statuses)
    return next((status for status in Status if status in found), Status.PASS)
