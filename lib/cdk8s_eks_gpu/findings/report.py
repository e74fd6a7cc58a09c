"""The findings of one run, with what they are about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.findings.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.findings.scope import Scope


@dataclass(frozen=True)
class Report:
    """Everything that one run of the preflight found.

    Attributes:
        findings: Ordered by file, line and rule.
        objects: How many objects were checked.
        files: How many files they came from.
        skipped: How many objects of each kind have no schema here: `{"argoproj.io/v1alpha1 Application": 1}`.
        scope: What was judged and what was not; None where only texts were given.
    """

    findings: tuple[Finding, ...]
    objects: int
    files: int
    skipped: Mapping[str, int] = field(default_factory=dict)
    scope: Scope | None = None

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
                "kustomizations": list(self.scope.kustomizations) if self.scope else [],
                "notJudged": [vars(each) for each in self.scope.not_judged] if self.scope else [],
            },
        }
