"""A report as JUnit XML: a test case for each result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from cdk8s_eks_gpu.status import Status

if TYPE_CHECKING:
    from cdk8s_eks_gpu.verify.result import Report, Result

# XML has no way to write these.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report) -> str:
    """Return the report; what fails, or is still waited for, is a failure, and what is not known is skipped."""
    failures = report.counts[Status.FAIL] + report.counts[Status.WAITING]
    skipped = report.counts[Status.UNKNOWN]
    head = f'<testsuite name="eks-gpu verify" tests="{len(report.results)}" failures="{failures}" skipped="{skipped}">'
    body = "\n".join(map(_case, report.results))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}\n</testsuite>\n'


def _case(result: Result) -> str:
    start = f"  <testcase classname={_attribute(result.check)} name={_attribute(f'{result.subject} {result.check}')}"
    if result.status is Status.PASS:
        return f"{start}/>"
    tag = "skipped" if result.status is Status.UNKNOWN else "failure"
    kind = f" type={_attribute(result.status.value)}" if tag == "failure" else ""
    seen = f"observed {result.observed}" if result.observed else ""
    wanted = f"expected {result.expected}" if result.expected else ""
    text = "\n".join(filter(None, (seen, wanted, f"Fix: {result.fix}" if result.fix else "")))
    return f"{start}><{tag}{kind} message={_attribute(result.message)}>{escape(_clean(text))}</{tag}></testcase>"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))
