"""What cannot be read, or is no object: said of files, not of what is in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.findings.finding import Finding
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.manifests.templates import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.manifests import Document, Sources, Unreadable

_YAML = "https://kubernetes.io/docs/concepts/overview/working-with-objects/"

UNREADABLE = Rule(
    "manifest/unreadable",
    Severity.ERROR,
    "The file cannot be read: it is gone, too large, or no text.",
    "What cannot be read cannot be checked, nor applied.",
    _YAML,
    "Name a text file in UTF-8 that the checker may read.",
)
INVALID = Rule(
    "manifest/invalid-yaml",
    Severity.ERROR,
    "The document is not YAML, or not the YAML that Kubernetes takes.",
    "kubectl refuses it. Keys that are there twice it would take, and drop one of the values without a word.",
    _YAML,
    "Correct the YAML at the line.",
)
TEMPLATE = Rule(
    "manifest/template",
    Severity.NOTE,
    "The file, or a value in it, is a template: it says something only when placeholders are filled in.",
    "What it will say depends on values that are not there, so it was not checked.",
    "https://helm.sh/docs/chart_template_guide/",
    "Check what `helm template`, `envsubst` or Terraform makes of it.",
)
NOT_AN_OBJECT = Rule(
    "manifest/not-an-object",
    Severity.NOTE,
    "The document is no Kubernetes object: it has neither `apiVersion` and `kind` nor metadata.",
    "It was passed over; if it was meant to be an object, kubectl refuses it.",
    _YAML,
    "Nothing to do when it is another tool's file. Otherwise say `apiVersion` and `kind`.",
)
IGNORE = Rule(
    "manifest/ignore",
    Severity.WARNING,
    "An annotation ignores a rule without a reason, or names a rule that there is not.",
    "Whoever reads it next year cannot judge it without a reason; it has no effect here.",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/",
    'Write `ignore.eks-gpu/GROUP.RULE: "the reason"`.',
)

RULES = (UNREADABLE, INVALID, TEMPLATE, NOT_AN_OBJECT, IGNORE)


def check_reading(sources: Sources) -> Iterator[Finding]:
    """Yield what of the sources could not be read, or is no object."""
    for unreadable in sources.unreadable:
        yield _unreadable(unreadable)
    for file, documents in sources.others.items():
        yield _not_objects(file, documents)


def _unreadable(read: Unreadable) -> Finding:
    rule = TEMPLATE if read.is_template else INVALID if read.document else UNREADABLE
    return Finding(rule, f"{read.reason[:1].upper()}{read.reason[1:]}.", rule.fix, read.file, read.line, read.document)


def _not_objects(file: str, documents: Sequence[Document]) -> Finding:
    rule, first = NOT_AN_OBJECT, documents[0]
    more = f" So are {len(documents) - 1} more of this file." if len(documents) > 1 else ""
    return Finding(rule, f"{rule.summary}{more}", rule.fix, file, first.line(), first.index)


def unless_placeholder(finding: Finding) -> Finding:
    """Return the finding, or a note instead of an error about a value that is yet to be filled in."""
    if finding.severity is Severity.ERROR and is_placeholder(finding.value):
        message = f"{finding.value} is a placeholder, and was not checked."
        return replace(finding, rule=TEMPLATE, message=message, fix=TEMPLATE.fix)
    return finding
