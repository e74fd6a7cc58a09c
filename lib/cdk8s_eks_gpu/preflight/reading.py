"""What cannot be read, or is no object: said of files, not of what is in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu.findings import Finding, Rule, Severity
from cdk8s_eks_gpu.manifests.templates import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cdk8s_eks_gpu.manifests import Document, KubernetesObject, Sources, Unreadable


_YAML = "https://kubernetes.io/docs/concepts/overview/working-with-objects/"

UNREADABLE = Rule(
    "manifest/unreadable",
    Severity.ERROR,
    "The file cannot be read: it is gone, too large, or no text.",
    "What cannot be read cannot be checked, nor applied.",
    _YAML,
    "Name a file that can be read, and save it as UTF-8.",
)
INVALID = Rule(
    "manifest/invalid-yaml",
    Severity.ERROR,
    "The document is not YAML, or not the YAML that Kubernetes takes.",
    "kubectl refuses it. Keys that are there twice it would take, and silently drop one of the values.",
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
    "An annotation ignores a rule without a reason, or names a rule that does not exist.",
    "Without a reason a reviewer cannot tell why the rule does not apply; the annotation has no effect.",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/",
    'Write `ignore.eks-gpu/GROUP.RULE: "the reason"`.',
)

# Of a name, which may not have them, capitals are to be replaced: `job-TARGET_NODE`.
_IN_CAPITALS = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")

# What the GPU operator writes in its assets where it fills in a value.
_BY_OPERATOR = re.compile(r"\bFILLED[ _-]BY[ _-]")


def check_reading(sources: Sources) -> Iterator[Finding]:
    """Yield what of the sources could not be read, or is no object."""
    for unreadable in sources.unreadable:
        yield _unreadable(unreadable)
    for file, documents in sources.others.items():
        yield _not_objects(file, documents)


def _unreadable(read: Unreadable) -> Finding:
    rule = TEMPLATE if read.is_template else INVALID if read.document else UNREADABLE
    message = f"{read.reason[:1].upper()}{read.reason[1:]}."
    if rule is TEMPLATE:
        message = f"The file is a template, and becomes a manifest when it is rendered: {read.reason}."
    return Finding(rule, message, rule.fix, read.file, read.line, read.document)


def _not_objects(file: str, documents: Sequence[Document]) -> Finding:
    rule, first = NOT_AN_OBJECT, documents[0]
    more = f" So are {len(documents) - 1} more of this file." if len(documents) > 1 else ""
    said = first.data if isinstance(first.data, dict) else {}
    message = rule.summary
    if said.get("apiVersion") and said.get("kind"):
        message = f"{said['kind']} of {said['apiVersion']} is what a program reads from a file: no API server takes it."
    return Finding(rule, f"{message}{more}", rule.fix, file, first.line(), first.index)


def unless_placeholder(finding: Finding) -> Finding:
    """Return the finding, or a note instead of one about a value or a key that is yet to be filled in."""
    if finding.rule is TEMPLATE or finding.severity is Severity.NOTE:
        return finding
    # Neither a name nor a number may have capitals.
    is_plain = finding.steps == ("metadata", "name") or finding.rule.id == "schema/type"
    in_capitals = is_plain and isinstance(finding.value, str) and _IN_CAPITALS.search(finding.value)
    is_value = is_placeholder(finding.value) or in_capitals
    said = finding.value if is_value else finding.path if is_placeholder(finding.path) else None
    if said is None:
        return finding
    return replace(finding, rule=TEMPLATE, message=f"{said} is a placeholder, and was not checked.", fix=TEMPLATE.fix)


def unless_filled_in(finding: Finding, manifest: KubernetesObject) -> Finding:
    """Return the finding, or a note instead of one about what an operator adds to the manifest, such as volumes."""
    if finding.rule.id != "core/reference" or not _BY_OPERATOR.search(repr(manifest.data)):
        return finding
    message = f"{finding.value} is not in the manifest, which another program fills in; it was not checked."
    return replace(finding, rule=TEMPLATE, message=message, fix=TEMPLATE.fix)


def one_note_a_file(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings, of a file's placeholders only the first, which says how many there are."""
    notes: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.rule is TEMPLATE and finding.kind:
            notes.setdefault(finding.file, []).append(finding)
        else:
            yield finding
    for first, *more in notes.values():
        count = len({finding.message for finding in more} - {first.message})
        message = f"{first.message} Nor {'was' if count == 1 else 'were'} {count} more of this file." if count else None
        yield replace(first, message=message) if message else first
