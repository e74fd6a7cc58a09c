"""An object of a kind that Karpenter no longer has: what it became, and each of its fields with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.rules import schema as rules
from cdk8s_eks_gpu.admission.schema.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.releases.old_kinds import OldField, OldKind


def renamed_object(judged: KubernetesObject, old: OldKind) -> Iterator[Violation]:
    """Yield what to say of an object of an old kind: of the kind itself, and of each field that has moved."""
    name = f"{judged.kind} of {judged.api_version}"
    path = ("apiVersion",) if judged.kind == old.kind else ("kind",)
    message = f"{name} became {old.kind} of {old.api_version} in Karpenter {old.since}, and is gone since {old.gone}"
    cure = f"Write `apiVersion: {old.api_version}` and `kind: {old.kind}`."
    value = judged.api_version if judged.kind == old.kind else judged.kind
    yield Violation(rules.REMOVED_FIELD, path, message, value, cure)
    for field in old.fields:
        there, value = _value_at(judged.data, field)
        if there:
            became = f"became {field.became}" if field.became else f"is gone: {old.kind} has nothing in its place"
            hint = f"Write {field.became}." if field.became else f"Leave {field.path[-1]} out."
            yield Violation(rules.REMOVED_FIELD, field.path, f"{field.name} {became}", value, hint)


def _value_at(data: Any, field: OldField) -> tuple[bool, Any]:  # noqa: ANN401 -- whatever the manifest holds
    for part in field.path:
        if not isinstance(data, dict) or part not in data:
            return False, None
        data = data[part]
    return field.value is None or data == field.value, data
