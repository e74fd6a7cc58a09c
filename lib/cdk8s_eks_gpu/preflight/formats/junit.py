"""A report as JUnit XML: a test case for each finding."""

from __future__ import annotations

from cdk8s_eks_gpu import junit
from cdk8s_eks_gpu.findings import Finding, Report, Severity


def to_junit(report: Report) -> str:
    """Return one test case a finding: an error is a failure, the rest is skipped; one that passes if there is none."""
    cases = [_case(finding) for finding in report.findings] or ['  <testcase name="eks-gpu check"/>']
    return junit.suite("eks-gpu check", cases, failures=report.count(Severity.ERROR))


def _case(finding: Finding) -> str:
    name = f"{finding.rule.id} {finding.kind}/{finding.name} {finding.path}".rstrip(" /")
    text = f"{finding.message} {finding.fix}"
    tag = "failure" if finding.severity is Severity.ERROR else "skipped"
    place = f"{finding.file}:{finding.line}"
    return (
        f"  <testcase classname={junit.attribute(finding.file)} name={junit.attribute(name)}>"
        f"<{tag} message={junit.attribute(text)}>{junit.content(place)}</{tag}></testcase>"
    )
