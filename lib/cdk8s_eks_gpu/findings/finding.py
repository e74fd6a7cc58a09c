"""What the preflight found: the findings, and the report that gathers them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.findings.rule import Rule, Severity

if TYPE_CHECKING:
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path

_LONGEST_VALUE = 200
# What envsubst, Terraform, Helm and people write where a value is to be filled in.
PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\{\{.*\}\}|\A\$[A-Z][A-Z0-9_]*\Z|<[^<>]+>", re.DOTALL)


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and PLACEHOLDER.search(value) is not None


def path_text(path: Path) -> str:
    """Return the path as an API server writes it in the causes of a refusal: `spec.taints[0].key`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def shown(value: Any) -> Any:  # noqa: ANN401 -- any value of a manifest
    """Return the value as a report shows it: as it is, or cut short where it is long."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
    if isinstance(value, dict | list) and len(repr(value)) > _LONGEST_VALUE:
        return {"…": f"{len(value)} fields"} if isinstance(value, dict) else [f"… {len(value)} items"]
    return value


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one object.

    Attributes:
        rule: The rule that it breaks.
        message: What is wrong here, in one or two sentences.
        cure: What to do about it.
        file: The file, as the user named it.
        line: The line in the file, counted from 1.
        document: Which document of the file, counted from 1; 0 when it is about the file as a whole.
        kind: The object's kind; empty when it is about no object. Likewise name and namespace.
        path: Where in the object, as an API server writes it.
        value: The value there, cut short when it is long.
        silenced: The reason that the object gives for silencing the rule, if it does.
    """

    rule: Rule
    message: str
    cure: str
    file: str
    line: int
    document: int = 0
    kind: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""
    value: Any = None
    silenced: str | None = None

    @property
    def severity(self) -> Severity:
        """Return how bad it is; what is silenced is a note."""
        return Severity.NOTE if self.silenced is not None else self.rule.severity

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data, in the names that `--format json` prints."""
        result = {
            "rule": self.rule.id,
            "severity": self.severity.value,
            "file": self.file,
            "line": self.line,
            "document": self.document,
            "kind": self.kind,
            "name": self.name,
            "namespace": self.namespace,
            "path": self.path,
            "value": self.value,
            "message": self.message,
            "cure": self.cure,
        }
        return result if self.silenced is None else {**result, "silenced": self.silenced}


def found(  # noqa: PLR0913 -- what a finding says about an object
    rule: Rule,
    where: KubernetesObject,
    path: Path,
    message: str,
    *,
    value: Any = None,  # noqa: ANN401 -- any value of a manifest
    cure: str | None = None,
) -> Finding:
    """Return the finding that the object breaks the rule at the path. What a Secret keeps is not told."""
    if where.kind == "Secret" and path and path[0] in {"data", "stringData"} and not _is_placeholder(value):
        value = None
    return Finding(
        rule=rule,
        message=message,
        cure=cure or rule.cure,
        file=where.file,
        line=where.line(path),
        document=where.document.index,
        kind=where.kind,
        name=where.name,
        namespace=where.namespace,
        path=path_text(path),
        value=shown(value),
    )


def finding_at(  # noqa: PLR0913 -- what a finding says about an object
    rule: Rule,
    manifest: KubernetesObject,
    path: Path,
    message: str,
    *,
    value: Any = None,  # noqa: ANN401 -- any value of a manifest
    fix: str | None = None,
) -> Finding:
    """Return the finding that the object breaks the rule at the path."""
    return found(rule, manifest, path, message, value=value, cure=fix)


@dataclass(frozen=True)
class Report:
    """Everything that one run of the preflight found.

    Attributes:
        findings: Ordered by file, line and rule.
        objects: How many objects were judged.
        files: How many files they came from.
        skipped: How many objects of each kind have no schema here: `{"argoproj.io/v1alpha1 Application": 1}`.
    """

    findings: tuple[Finding, ...]
    objects: int
    files: int
    skipped: dict[str, int] = field(default_factory=dict)

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
                "silenced": sum(finding.silenced is not None for finding in self.findings),
                "objects": self.objects,
                "files": self.files,
                "rules": dict(sorted(rules.items())),
                "skipped": dict(sorted(self.skipped.items())),
            },
        }
