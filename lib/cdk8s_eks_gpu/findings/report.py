"""The findings of one run, with what they are about."""

from __future__ import annotations

# Imported at run time, all of them: `help(Report)` evaluates the types of its attributes.
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence  # noqa: TC003
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

from cdk8s_eks_gpu.findings.checked_for import CheckedFor  # noqa: TC001
from cdk8s_eks_gpu.findings.finding import Finding  # noqa: TC001
from cdk8s_eks_gpu.findings.rule import Severity
from cdk8s_eks_gpu.findings.scope import Scope, joined


class Report(Struct, frozen=True):
    """Everything that one run of the preflight found.

    Attributes:
        findings: Ordered by file, line and rule.
        scope: What was checked and what was not.
        skipped: How many objects of each kind have no schema here: `{"argoproj.io/v1alpha1 Application": 1}`.
        versions: What the manifests were checked for, by cluster.
        rehearsed_kubernetes: The release of Kubernetes that the answers were held against.
    """

    findings: tuple[Finding, ...]
    scope: Scope = field(default_factory=Scope)
    skipped: Mapping[str, int] = field(default_factory=dict)
    versions: tuple[CheckedFor, ...] = ()
    rehearsed_kubernetes: str = ""

    @property
    def objects(self) -> int:
        """How many objects were checked."""
        return self.scope.objects

    @property
    def files(self) -> int:
        """How many files they came from; 0 for the objects of an app."""
        return self.scope.files

    def count(self, severity: Severity) -> int:
        """Return how many findings are of the severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def ok(self) -> bool:
        """Return whether there is no error."""
        return not self.count(Severity.ERROR)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data: what `--format json` prints."""
        rules = Counter(finding.rule.id for finding in self.findings)
        return {
            "findings": [finding.as_dict() for finding in self.findings],
            "summary": {
                "errors": self.count(Severity.ERROR),
                "warnings": self.count(Severity.WARNING),
                "notes": self.count(Severity.NOTE),
                "silenced": sum(finding.ignored is not None for finding in self.findings),
                "objects": self.objects,
                "files": self.files,
                "rules": dict(sorted(rules.items())),
                "skipped": dict(sorted(self.skipped.items())),
                "kustomizations": list(self.scope.kustomizations),
                "poolsFrom": self.scope.beside or None,
                "notJudged": [asdict(each) for each in self.scope.not_checked],
            },
            "versions": [versions.as_dict() for versions in self.versions],
            "rehearsedAgainst": {
                "karpenter": ", ".join(dict.fromkeys(each.rehearsed_against for each in self.versions)),
                "kubernetes": self.rehearsed_kubernetes,
            },
        }


def merged(reports: Sequence[Report], files: Iterable[str]) -> Report:
    """Return one report of several, the findings in the order of the files."""
    if len(reports) == 1:
        return reports[0]
    places = {file: place for place, file in enumerate(files)}
    findings = [finding for report in reports for finding in report.findings]
    skipped: Counter[str] = Counter()
    for report in reports:
        skipped.update(report.skipped)
    return Report(
        tuple(sorted(findings, key=lambda finding: places[finding.file])),
        joined([report.scope for report in reports]),
        skipped,
        tuple(versions for report in reports for versions in report.versions),
        reports[0].rehearsed_kubernetes,
    )
