"""A report as JUnit XML, which Jenkins, CircleCI and most other CI systems show."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from cdk8s_eks_gpu.findings import Finding, Report, Severity

# XML has no way to write these.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report) -> str:
    """Return one test case a finding: an error is a failure, the rest is skipped; one that passes if there is none."""
    cases = [_case(finding) for finding in report.findings] or ['  <testcase name="eks-gpu check"/>']
    errors = report.count(Severity.ERROR)
    head = f'<testsuite name="eks-gpu check" tests="{len(cases)}" failures="{errors}">'
    body = "\n".join(cases)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}\n</testsuite>\n'


def _case(finding: Finding) -> str:
    name = f"{finding.rule.id} {finding.kind}/{finding.name} {finding.path}".rstrip(" /")
    text = f"{finding.message} {finding.fix}"
    tag = "failure" if finding.severity is Severity.ERROR else "skipped"
    place = f"{finding.file}:{finding.line}"
    return (
        f"  <testcase classname={_attribute(finding.file)} name={_attribute(name)}>"
        f"<{tag} message={_attribute(text)}>{escape(_clean(place))}</{tag}></testcase>"
    )


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))
