"""A report as JUnit XML: a test case for each result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import junit
from cdk8s_eks_gpu.status import Status

if TYPE_CHECKING:
    from cdk8s_eks_gpu.verify.result import Report, Result


def to_junit(report: Report) -> str:
    """Return the report; what fails, or is still waited for, is a failure, and what is not known is skipped."""
    failures = report.counts[Status.FAIL] + report.counts[Status.WAITING]
    cases = list(map(_case, report.results))
    return junit.suite("eks-gpu verify", cases, failures=failures, skipped=report.counts[Status.UNKNOWN])


def _case(result: Result) -> str:
    name = junit.attribute(f"{result.subject} {result.check}")
    start = f"  <testcase classname={junit.attribute(result.check)} name={name}"
    if result.status is Status.PASS:
        return f"{start}/>"
    tag = "skipped" if result.status is Status.UNKNOWN else "failure"
    kind = f" type={junit.attribute(result.status.value)}" if tag == "failure" else ""
    seen = f"observed {result.observed}" if result.observed else ""
    wanted = f"expected {result.expected}" if result.expected else ""
    text = "\n".join(filter(None, (seen, wanted, f"Fix: {result.fix}" if result.fix else "")))
    return f"{start}><{tag}{kind} message={junit.attribute(result.message)}>{junit.content(text)}</{tag}></testcase>"
