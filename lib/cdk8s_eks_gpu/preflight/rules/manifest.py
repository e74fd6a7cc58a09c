"""What keeps a file from being read."""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

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
