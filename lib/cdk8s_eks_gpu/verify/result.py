"""What `verify` says of one thing in the cluster, and of all of them."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Status(Enum):
    """How something stands; the value is what reports print."""

    FAIL = "fail"
    WAITING = "waiting"
    UNKNOWN = "not known"
    PASS = "pass"  # noqa: S105 -- no password


class Result(Struct, frozen=True):
    """One comparison of the cluster with the manifests.

    Attributes:
        check: What is compared, such as `nodes/devices`.
        subject: The object, KIND/NAME or KIND/NAMESPACE/NAME.
        status: How it stands.
        message: What was found, in one sentence.
        observed: The observed value; empty where the message says it all.
        expected: The expected value, likewise.
        fix: What to do about it; empty where there is nothing to do.
    """

    check: str
    subject: str
    status: Status
    message: str
    observed: str = ""
    expected: str = ""
    fix: str = ""


class Report(Struct, frozen=True):
    """All that one run of `verify` found.

    Attributes:
        results: In the order of the checks.
    """

    results: tuple[Result, ...]

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many results there are of each status."""
        counted = Counter(result.status for result in self.results)
        return {status: counted[status] for status in Status}

    @property
    def ok(self) -> bool:
        """Whether nothing fails and nothing is waited for; what is not known does not count."""
        return not (self.counts[Status.FAIL] or self.counts[Status.WAITING])

    def of_status(self, status: Status) -> tuple[Result, ...]:
        """Return the results of a status."""
        return tuple(result for result in self.results if result.status is status)
