"""A report as the lines by which CI systems mark files: GitHub's workflow commands, Azure's logging commands.

Sources: https://docs.github.com/actions/reference/workflow-commands-for-github-actions and
https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

from cdk8s_eks_gpu.findings import Finding, Report, Severity

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def to_github(report: Report) -> str:
    """Return one workflow command a finding."""
    return "".join(
        f"::{_GITHUB[finding.severity]} file={_property(finding.file)},line={finding.line},"
        f"title={_property(finding.rule.id)}::{_data(_text(finding))}\n"
        for finding in report.findings
    )


def to_azure(report: Report) -> str:
    """Return one logging command a finding; notes, which Azure does not know, are left out."""
    return "".join(
        f"##vso[task.logissue type={finding.severity.value};sourcepath={_azure(finding.file)};"
        f"linenumber={finding.line};code={finding.rule.id}]{_data(_text(finding))}\n"
        for finding in report.findings
        if finding.severity is not Severity.NOTE
    )


def _text(finding: Finding) -> str:
    place = f"{finding.kind}/{finding.name} {finding.path}: " if finding.kind else ""
    return f"{place}{finding.message} {finding.fix}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _azure(text: str) -> str:
    return _data(text).replace(";", "%3B").replace("]", "%5D")
