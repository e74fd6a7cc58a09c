"""A report as GitLab takes it: a Code Quality report.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json

from cdk8s_eks_gpu.findings import Finding, Report, Severity

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def to_gitlab(report: Report) -> str:
    """Return the findings as a list of Code Quality issues."""
    issues = [
        {
            "description": f"{finding.kind}/{finding.name} {finding.path}: {finding.message} {finding.fix}".lstrip(
                "/ :"
            ),
            "check_name": finding.rule.id,
            "fingerprint": _fingerprint(finding),
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": finding.file.removeprefix("./"), "lines": {"begin": finding.line}},
        }
        for finding in report.findings
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _fingerprint(finding: Finding) -> str:
    """Return what tells the finding apart from others, and stays the same when lines move."""
    identity = (finding.rule.id, finding.file, finding.kind, finding.namespace, finding.name, finding.path)
    return hashlib.sha256("\0".join((*identity, finding.message)).encode()).hexdigest()
