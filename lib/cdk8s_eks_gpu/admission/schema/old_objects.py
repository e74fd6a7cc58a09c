"""An object of a kind that Karpenter no longer has: what it became, and each of its fields with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.field_error import FieldError
from cdk8s_eks_gpu.admission.schema.fields import REMOVED_FIELD
from cdk8s_eks_gpu.admission.schema.old_values import exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.releases.old_kinds import OldKind


def old_object_errors(manifest: KubernetesObject, old: OldKind) -> Iterator[FieldError]:
    """Yield what to say of an object of an old kind: of the kind itself, and of each field that has moved."""
    name = f"{manifest.kind} of {manifest.api_version}"
    path, value = ("kind",), manifest.kind
    if manifest.kind == old.kind:
        path, value = ("apiVersion",), manifest.api_version
    detail = f"{name} became {old.kind} of {old.api_version} in Karpenter {old.since}, and is gone since {old.gone}"
    fix = f"Write `apiVersion: {old.api_version}` and `kind: {old.kind}`."
    needed = [what for place, what in old.required if not manifest.cursor.at(*place)]
    if needed:
        fix += f" Say too what the old kind did not need to say: {'; '.join(needed)}."
    yield FieldError(REMOVED_FIELD, path, "", value, detail, fix)
    for field in old.fields:
        there = manifest.cursor.at(*field.path)
        if not there or field.value not in {None, there.text()}:
            continue
        if field.became:
            detail, fix = f"{field.name} became {field.became}", f"Write {exact(field.path, there) or field.became}."
            yield FieldError(REMOVED_FIELD, field.path, "", there.value, detail, fix)
        else:
            detail = f"{field.name} is gone: {old.kind} has nothing in its place"
            yield FieldError(REMOVED_FIELD, field.path, "", there.value, detail, f"Leave {field.path[-1]} out.")
