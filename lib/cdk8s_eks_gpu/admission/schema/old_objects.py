"""An object of a kind that Karpenter no longer has: what it became, and each of its fields with it.

What the value of an old field is today is said where it can be said exactly.
Source: the migration guide of Karpenter 0.32 (https://karpenter.sh/v1.0/upgrading/v1beta1-migration/).
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.admission.field_error import FieldError
from cdk8s_eks_gpu.admission.schema.fields import REMOVED_FIELD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, Path
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
        fix += f" Also add what the old kind did not require: {'; '.join(needed)}."
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


_MOST_TERMS = 8  # more of them make no sentence


def exact(path: Path, there: Cursor) -> str | None:
    """Return what to write for the value of an old field; None where the field alone does not say it."""
    convert = _CONVERSIONS.get(str(path[-1])) if len(path) == 2 else None  # noqa: PLR2004 -- right below spec
    return convert(there) if convert else None


def _seconds(text: str) -> Callable[[Cursor], str | None]:
    def convert(there: Cursor) -> str | None:
        seconds = there.integer()
        return None if seconds is None else text.format(f"{seconds}s")

    return convert


def _consolidation(there: Cursor) -> str | None:
    enabled = there["enabled"].value
    if enabled is True:
        return "spec.disruption: {consolidationPolicy: WhenEmptyOrUnderutilized, consolidateAfter: 0s}"
    return "spec.disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: Never}" if enabled is False else None


def _reference(there: Cursor) -> str | None:
    name = there["name"].text()
    reference = {"group": vocabulary.NODE_CLASS_GROUP, "kind": vocabulary.NODE_CLASS_KIND, "name": name}
    return f"spec.template.spec.nodeClassRef: {_flow(reference)}" if name else None


def _selector(name: str) -> Callable[[Cursor], str | None]:
    def convert(there: Cursor) -> str | None:
        terms = _terms(there.mapping())
        return f"spec.{name}: {_flow(terms)}" if 0 < len(terms) <= _MOST_TERMS else None

    return convert


def _terms(selector: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the terms of a selector: of ids, names and owners, which commas separate, one for each combination."""
    lists = {"id": ("aws-ids", "aws::ids"), "name": ("aws::name",), "owner": ("aws::owners",)}
    special = {key for keys in lists.values() for key in keys}
    tags = {key: value for key, value in selector.items() if key not in special}
    values = {
        field: [part.strip() for key in keys for part in str(selector.get(key, "")).split(",") if part.strip()]
        for field, keys in lists.items()
    }
    named = {field: found for field, found in values.items() if found}
    if "id" in named:  # nothing else counts beside an id
        return [{"id": each} for each in named["id"]]
    terms = [dict(zip(named, each, strict=True)) for each in product(*named.values())]
    return [{**({"tags": tags} if tags else {}), **term} for term in terms if tags or term]


def _flow(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_CONVERSIONS: Mapping[str, Callable[[Cursor], str | None]] = {
    "ttlSecondsAfterEmpty": _seconds("spec.disruption: {{consolidationPolicy: WhenEmpty, consolidateAfter: {}}}"),
    "ttlSecondsUntilExpired": _seconds("spec.template.spec.expireAfter: {}"),
    "consolidation": _consolidation,
    "providerRef": _reference,
    "subnetSelector": _selector("subnetSelectorTerms"),
    "securityGroupSelector": _selector("securityGroupSelectorTerms"),
    "amiSelector": _selector("amiSelectorTerms"),
}
