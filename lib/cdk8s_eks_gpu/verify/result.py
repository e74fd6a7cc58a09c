"""What `verify` says of one thing in the cluster, and of all of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.status import Status, worst

if TYPE_CHECKING:
    from collections.abc import Mapping


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

    def as_dict(self) -> dict[str, str]:
        """Return the result as plain data, for JSON."""
        return {
            "check": self.check,
            "object": self.subject,
            "status": self.status,
            "message": self.message,
            "observed": self.observed,
            "expected": self.expected,
            "fix": self.fix,
        }


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
        return worst(result.status for result in self.results).ok

    def of_status(self, status: Status) -> tuple[Result, ...]:
        """Return the results of a status."""
        return tuple(result for result in self.results if result.status is status)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data, for JSON: `ok`, `summary` by status, and `results` in their order."""
        return {
            "ok": self.ok,
            "summary": {status.value: count for status, count in self.counts.items()},
            "results": [result.as_dict() for result in self.results],
        }
