"""Fields and kinds that a schema does not have: unknown, newer, or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.field_error import FieldError
from cdk8s_eks_gpu.findings import Rule, Severity
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.manifests import Path, path_text

if TYPE_CHECKING:
    from cdk8s_eks_gpu.admission.schema.node import SchemaNode

_UPGRADES = "https://karpenter.sh/docs/upgrading/upgrade-guide/"

UNKNOWN_FIELD = Rule(
    "schema/unknown-field",
    Severity.ERROR,
    "The object has a field that its kind does not define.",
    "kubectl refuses unknown fields; other clients silently drop them, and then the object does not do what its"
    " author believes.",
    "https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation",
    "Correct the name, or remove the field.",
)
NEWER_FIELD = Rule(
    "schema/newer-field",
    Severity.ERROR,
    "The object uses a field, a value or a kind that a later version brought.",
    "The version that runs in the cluster does not know it, and refuses or drops it.",
    _UPGRADES,
    "Upgrade, or leave it out.",
)
REMOVED_FIELD = Rule(
    "schema/removed-field",
    Severity.ERROR,
    "The object uses a field, a value or a kind that an earlier version had and this one no longer has.",
    "The version that runs in the cluster no longer knows it, and refuses or drops it.",
    _UPGRADES,
    "Move it to what replaced it: the upgrade guide names the place.",
)
UNKNOWN_KIND = Rule(
    "schema/unknown-kind",
    Severity.ERROR,
    "The kind is none that its API group has in this version.",
    "The API server has no such kind, so the object cannot be made.",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/#required-fields",
    "Correct `apiVersion` and `kind`.",
)


def schema_at(schema: SchemaNode | None, path: Path) -> SchemaNode | None:
    """Return the schema of what stands at the path, or None where the schema has nothing there."""
    for step in path:
        if schema is None:
            return None
        schema = schema.items if isinstance(step, int) else schema.properties.get(step, schema.additional)
    return schema


def unknown_field(path: Path, value: Any, schema: SchemaNode | None) -> FieldError:  # noqa: ANN401 -- any value of a manifest
    """Return the error that the schema, which is that of the whole object, has no such field."""
    parent = schema_at(schema, path[:-1])
    match = closest(str(path[-1]), parent.properties) if parent else None
    fix = f"Did you mean {match}?" if match else None
    return FieldError(UNKNOWN_FIELD, path, "", value, f'unknown field "{path_text(path)}"', fix)
