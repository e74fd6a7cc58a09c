"""When a field, a value or a kind came to Karpenter, and when it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.cel import rule_for
from cdk8s_eks_gpu.admission.field_error import FieldError
from cdk8s_eks_gpu.admission.schema.fields import NEWER_FIELD, REMOVED_FIELD, UNKNOWN_KIND, schema_at
from cdk8s_eks_gpu.admission.schema.old_objects import old_object_errors
from cdk8s_eks_gpu.admission.schema.releases import CustomKind, Release, releases
from cdk8s_eks_gpu.admission.schema.structure import ENUM
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.releases.old_kinds import old_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path


def _accepts(node: SchemaNode, error: FieldError | None) -> bool:
    """Return whether the node no longer has the error."""
    if error is None:
        return True
    if error.rule is ENUM:
        return node.enum is None or error.value in node.enum
    return all(
        rule.is_transition or rule.holds(error.value) for rule in node.rules if rule_for(rule.expression) is error.rule
    )


def _after(release: Release) -> Sequence[Release]:
    known = releases()
    return known[known.index(release) + 1 :]


def _before(release: Release) -> Sequence[Release]:
    known = releases()
    return known[: known.index(release)]


def brought_by(kind: CustomKind, path: Path, release: Release, error: FieldError | None = None) -> str | None:
    """Return the first minor version after the release that has the field, or that accepts its value; or None."""
    for later in _after(release):
        there = later.kinds.get((kind.api_version, kind.kind))
        node = schema_at(there.schema, path) if there else None
        if node is not None and _accepts(node, error):
            return later.minor
    return None


def known_before(kind: CustomKind, path: Path, release: Release) -> str | None:
    """Return the last minor version before the release that had the field in any version of the API, or None."""
    for earlier in reversed(_before(release)):
        for there in earlier.kinds.values():
            if there.kind == kind.kind and schema_at(there.schema, path) is not None:
                return f"{earlier.minor} ({there.api_version})"
    return None


def kind_history(manifest: KubernetesObject, release: Release) -> Iterator[FieldError]:
    """Yield what to say of an object whose kind the release does not have."""
    if (old := old_kind(manifest.api_version, manifest.kind)) is not None:
        yield from old_object_errors(manifest, old)
    else:
        yield _unknown_kind(manifest, release)


def _unknown_kind(manifest: KubernetesObject, release: Release) -> FieldError:
    identity = (manifest.api_version, manifest.kind)
    name = f"{manifest.kind} of {manifest.api_version}"
    for later in _after(release):
        if identity in later.kinds:
            detail = f"{name} came with Karpenter {later.minor}; this is {release.minor}"
            fix = f"Upgrade to {later.minor}."
            return FieldError(NEWER_FIELD, ("kind",), "", manifest.kind, detail, fix)
    for earlier in reversed(_before(release)):
        if identity in earlier.kinds:
            detail = f"{name} was last known to Karpenter {earlier.minor}; this is {release.minor}"
            return FieldError(REMOVED_FIELD, ("apiVersion",), "", manifest.api_version, detail)
    versions = sorted(version for version, kind in release.kinds if kind == manifest.kind)
    if versions:
        fix = f"Write `apiVersion: {versions[0]}`."
        detail = f"{manifest.kind} is no kind of {manifest.api_version} in Karpenter {release.minor}"
        return FieldError(UNKNOWN_KIND, ("apiVersion",), "", manifest.api_version, detail, fix)
    hint = did_you_mean(manifest.kind, {kind for _, kind in release.kinds})
    return FieldError(
        UNKNOWN_KIND, ("kind",), "", manifest.kind, f"Karpenter {release.minor} has no kind {manifest.kind}{hint}"
    )
