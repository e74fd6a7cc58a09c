"""Looking at a cluster again and again, until nothing is waited for any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.hints import few
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.checks import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk8s_eks_gpu.verify.promise import Promise
    from cdk8s_eks_gpu.verify.result import Report
    from cdk8s_eks_gpu.verify.snapshot import Snapshot

INTERVAL = 10.0
_FEW = 3


def wait(  # noqa: PLR0913, PLR0917 -- the clock is given, so that tests need not wait
    promise: Promise,
    look: Callable[[], Snapshot],
    seconds: float,
    report_progress: Callable[[str], None],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Report:
    """Return the last report: once nothing is waited for, or when the time is over.

    What fails may still come right while something is waited for; alone it ends the waiting.

    Args:
        promise: What the manifests promise.
        look: Takes a snapshot.
        seconds: How long to wait at most.
        report_progress: Called with what is waited for, whenever that changes.
        clock: The time in seconds.
        sleep: Waits so many seconds.
    """
    start, last = clock(), ""
    while True:
        report = verify(promise, look())
        passed = clock() - start
        if not report.of_status(Status.WAITING) or passed >= seconds:
            return report
        awaited = describe_waiting(report)
        if awaited != last:
            report_progress(f"{passed:.0f} s of {seconds:.0f} s, waiting for {awaited}")
            last = awaited
        sleep(min(INTERVAL, max(seconds - passed, 0.1)))


def describe_waiting(report: Report) -> str:
    """Return in one line what is waited for."""
    waiting = report.of_status(Status.WAITING)
    failing = report.counts[Status.FAIL]
    texts = [f"{result.subject} ({result.message.rstrip('.')})" for result in waiting]
    return few(texts, _FEW, "; ") + (f"; {failing} fail" if failing else "")
