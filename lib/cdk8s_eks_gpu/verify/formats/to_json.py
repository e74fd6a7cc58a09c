"""A report as plain data for JSON; the names of keys are part of what users rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdk8s_eks_gpu.verify.result import Report, Result


def report_data(report: Report) -> dict[str, Any]:
    """Return the report as data: `ok`, `summary` by status, and `results` in the order of the checks."""
    return {
        "ok": report.ok,
        "summary": {status.value: count for status, count in report.counts.items()},
        "results": [_result(result) for result in report.results],
    }


def _result(result: Result) -> dict[str, str]:
    return {
        "check": result.check,
        "object": result.subject,
        "status": result.status.value,
        "message": result.message,
        "observed": result.observed,
        "expected": result.expected,
        "fix": result.fix,
    }
