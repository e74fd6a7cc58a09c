"""A report for people: grouped by file, the fix under each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cdk8s_eks_gpu.findings import Severity
from cdk8s_eks_gpu.findings.checked_for import ASSUMED

if TYPE_CHECKING:
    from cdk8s_eks_gpu.findings import CheckedFor, Finding, Report

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def to_text(report: Report) -> str:
    """Return the report as text with colours, which click takes out where there is no terminal."""
    lines = [line for finding in report.findings for line in _finding(finding)]
    counts = [
        click.style(_counted(count, severity.value), fg=_COLOURS[severity])
        for severity in Severity
        if (count := report.count(severity))
    ]
    verdict = ", ".join(counts) if counts else click.style("no findings", fg="green")
    scope = f"{_counted(report.objects, 'object')} in {_counted(report.files, 'file')}"
    lines.append(f"{scope}: {verdict}")
    lines += map(_versions, report.versions)
    return "\n".join(lines) + "\n"


def _versions(versions: CheckedFor) -> str:
    """Return the line that says what was checked for, and what to do where versions were assumed."""
    named = ASSUMED not in {versions.karpenter_from, versions.kubernetes_from}
    advice = "" if named else "; name yours with --karpenter and --kubernetes"
    rehearsed = f"; rehearsed against Karpenter {versions.rehearsed_against}"
    return _printable(f"Checked for {versions}{advice}{rehearsed}.")


def _finding(finding: Finding) -> list[str]:
    severity = click.style(finding.severity.value, fg=_COLOURS[finding.severity], bold=True)
    place = " ".join(filter(None, (f"{finding.kind}/{finding.name}".strip("/"), finding.path)))
    head = f"{_printable(f'{finding.file}:{finding.line}')}: {severity} {click.style(finding.rule.id, bold=True)}"
    lines = [f"{head} {_printable(place)}".rstrip(), f"    {_printable(finding.message)}"]
    if finding.ignored is not None:
        lines.append(f"    Ignored: {_printable(finding.ignored)}")
    else:
        lines.append(f"    {click.style('Fix:', fg='green')} {_printable(finding.fix)}")
    return [*lines, ""]


def _printable(text: str) -> str:
    """Return the text without control characters: what a manifest says must not steer the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
