"""A report for people: grouped by file, the fix under each finding."""

from __future__ import annotations

from cdk8s_eks_gpu.findings import CheckedFor, Finding, Report, Severity
from cdk8s_eks_gpu.findings.checked_for import ASSUMED
from cdk8s_eks_gpu.findings.scope import counted

# Numbers of ECMA-48 (SGR). Not click's: synthesis, which shows this text too, would load all of click for it.
_BOLD, _RED, _GREEN, _YELLOW, _CYAN = 1, 31, 32, 33, 36
_COLOURS = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW, Severity.NOTE: _CYAN}


def to_text(report: Report, *, with_ignored: bool = True) -> str:
    """Return the report as text with colours, which click takes out where there is no terminal.

    Args:
        report: The report.
        with_ignored: Whether findings that are ignored are shown, and not counted only.
    """
    shown = [finding for finding in report.findings if with_ignored or finding.ignored is None]
    lines = [line for finding in shown for line in _finding(finding)]
    lines += [summary(report), *(_versions(versions, report) for versions in report.versions)]
    return "\n".join(lines) + "\n"


def to_brief_text(report: Report) -> str:
    """Return the report as synthesis shows it: one line of it where there is neither an error nor a warning."""
    if report.count(Severity.ERROR) or report.count(Severity.WARNING):
        return to_text(report, with_ignored=False)
    (versions,) = report.versions
    return f"{versions.cluster}: {summary(report)}\n" if versions.cluster else f"{summary(report)}\n"


def summary(report: Report) -> str:
    """Return what was checked and how many findings there are, in one line."""
    ignored = sum(finding.ignored is not None for finding in report.findings)
    counts = [
        _styled(counted(count, severity.value), _COLOURS[severity])
        for severity in Severity
        if (count := report.count(severity) - (ignored if severity is Severity.NOTE else 0))
    ]
    if ignored:
        counts.append(f"{counted(ignored, 'finding')} ignored")
    counted_text = ", ".join(counts) if counts else _styled("no findings", _GREEN)
    beside = f". Not checked: {_printable(report.scope.not_checked_text)}." if report.scope.not_checked else ""
    return f"{report.scope.checked_text}: {counted_text}{beside}"


def _versions(versions: CheckedFor, report: Report) -> str:
    """Return the line that says what was checked for, and what to do where versions were assumed."""
    is_app = report.objects and not report.files
    named = ASSUMED not in {versions.karpenter_from, versions.kubernetes_from}
    how = "--karpenter and --kubernetes" if not is_app else "versions(app, karpenter=..., kubernetes=...)"
    advice = "" if named else f"; name yours with {how}"
    rehearsed = f"; rehearsed against Karpenter {versions.rehearsed_against}"
    return _printable(f"Checked for {versions}{advice}{rehearsed}.")


def _finding(finding: Finding) -> list[str]:
    severity = _styled(finding.severity.value, _COLOURS[finding.severity], _BOLD)
    where = f"{finding.file}:{finding.line}" if finding.line else finding.file
    head = f"{_printable(where)}: {severity} {_styled(finding.rule.id, _BOLD)}"
    lines = [f"{head} {_printable(finding.place)}".rstrip(), f"    {_printable(finding.message)}"]
    if finding.ignored is not None:
        lines.append(f"    Ignored: {_printable(finding.ignored)}")
    else:
        lines.append(f"    {_styled('Fix:', _GREEN)} {_printable(finding.fix)}")
    return [*lines, ""]


def _styled(text: str, *attributes: int) -> str:
    return "".join(f"\x1b[{attribute}m" for attribute in attributes) + text + "\x1b[0m"


def _printable(text: str) -> str:
    """Return the text without control characters: what a manifest says must not steer the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
