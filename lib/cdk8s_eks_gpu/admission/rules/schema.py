"""What an API server refuses because of an object's shape."""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

_STRUCTURE = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"
_FIELD_VALIDATION = "https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation"
_NAMES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"
_REFUSED = "The API server refuses the object, and with it the rollout that the object belongs to."


def _error(name: str, summary: str, cure: str, *, why: str = _REFUSED, source: str = _STRUCTURE) -> Rule:
    return Rule(f"schema/{name}", Severity.ERROR, summary, why, source, cure)


UNKNOWN_FIELD = _error(
    "unknown-field",
    "The object has a field that its kind does not define.",
    "Correct the name, or remove the field.",
    why=(
        "kubectl refuses unknown fields; other clients drop them without a word, and then the object does not do what"
        " its author believes."
    ),
    source=_FIELD_VALIDATION,
)
NEWER_FIELD = _error(
    "newer-field",
    "The object uses a field, a value or a kind that a later version brought.",
    "Upgrade, or leave it out.",
    why="The version that runs in the cluster does not know it, and refuses or drops it.",
    source="https://karpenter.sh/docs/upgrading/upgrade-guide/",
)
REMOVED_FIELD = _error(
    "removed-field",
    "The object uses a field, a value or a kind that an earlier version had and this one no longer has.",
    "Move it to what replaced it: the upgrade guide names the place.",
    why="The version that runs in the cluster no longer knows it, and refuses or drops it.",
    source="https://karpenter.sh/docs/upgrading/upgrade-guide/",
)
REQUIRED = _error("required", "A field that must be there is missing.", "Add the field.")
TYPE = _error(
    "type", "A value is of another type than its field takes.", "Write a value of the type that is asked for."
)
ENUM = _error("enum", "A value is none of those that its field takes.", "Use one of the values that are allowed.")
PATTERN = _error("pattern", "A text does not have the form that its field asks for.", "Write it in the form asked for.")
BOUNDS = _error("bounds", "A number, a text or a list is outside its bounds.", "Stay within the bounds.")
FORMAT = _error("format", "A text is not in the format that its field asks for.", "Write it in that format.")
DUPLICATE = _error("duplicate", "A list that must not repeat itself does.", "Remove the repeated item.")
METADATA = _error(
    "metadata",
    "The object's name, labels or annotations are not what Kubernetes takes.",
    "Use a lower-case DNS name, and label keys and values of at most 63 letters, digits, '-', '_' and '.'.",
    source=_NAMES,
)
UNKNOWN_KIND = _error(
    "unknown-kind",
    "The kind is none that its API group has in this version.",
    "Correct `apiVersion` and `kind`.",
)
NO_KIND = _error(
    "no-kind",
    "The object has an `apiVersion` or a `kind`, but not both.",
    "Say both: they tell Kubernetes what the object is.",
    source="https://kubernetes.io/docs/concepts/overview/working-with-objects/#required-fields",
)
SKIPPED = Rule(
    "schema/skipped",
    Severity.NOTE,
    "Of objects of this kind only the metadata and the pods were judged, since their schema is not known here.",
    "Their CRD belongs to another project. What the preflight does not know, it does not vouch for.",
    "https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/",
    "Nothing to do. `kubectl apply --dry-run=server` judges them against a cluster that has their CRD.",
)

RULES = (
    UNKNOWN_FIELD,
    NEWER_FIELD,
    REMOVED_FIELD,
    REQUIRED,
    TYPE,
    ENUM,
    PATTERN,
    BOUNDS,
    FORMAT,
    DUPLICATE,
    METADATA,
    UNKNOWN_KIND,
    NO_KIND,
    SKIPPED,
)
