"""When a field, a value or a kind came to Karpenter or Kubernetes, and when it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.cel import rule_for
from cdk8s_eks_gpu.admission.field_error import FieldError
from cdk8s_eks_gpu.admission.schema.fields import NEWER_FIELD, REMOVED_FIELD, UNKNOWN_KIND, schema_at, unknown_field
from cdk8s_eks_gpu.admission.schema.releases import Kind, Release, releases
from cdk8s_eks_gpu.admission.schema.structure import ENUM
from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    known = releases(release.product)
    return known[known.index(release) + 1 :]


def _before(release: Release) -> Sequence[Release]:
    """Return the releases before it, the newest first."""
    known = releases(release.product)
    return known[: known.index(release)][::-1]


def brought_by(kind: Kind, path: Path, release: Release, error: FieldError | None = None) -> str | None:
    """Return the first minor version after the release that has the field, or that accepts its value; or None."""
    for later in _after(release):
        node = schema_at(later.schema(kind), path)
        if node is not None and _accepts(node, error):
            return later.minor
    return None


def _known_before(kind: Kind, path: Path, release: Release) -> str | None:
    """Return the last minor version before the release that had the field in any version of the API, or None."""
    for earlier in _before(release):
        for there in earlier.kinds:
            if there[1] == kind[1] and schema_at(earlier.schema(there), path) is not None:
                return f"{earlier.minor} ({there[0]})"
    return None


def field_history(path: Path, value: Any, kind: Kind, release: Release) -> FieldError:  # noqa: ANN401 -- any value of a manifest
    """Return what to say of a field that the kind does not have in the release: newer, gone, or a slip."""
    name, product = str(path[-1]), release.product
    if minor := brought_by(kind, path, release):
        detail = f"{name} came with {product} {minor}; this is {release.minor}"
        return FieldError(NEWER_FIELD, path, "", value, detail, f"Upgrade {product} to {minor}, or leave {name} out.")
    if minor := _known_before(kind, path, release):
        return FieldError(REMOVED_FIELD, path, "", value, f"{name} was last known to {product} {minor}")
    return unknown_field(path, value, release.schema(kind))


def kind_history(manifest: KubernetesObject, release: Release, elsewhere: str = "") -> FieldError:
    """Return what to say of an object whose kind the release does not have: newer, gone, or a slip.

    `elsewhere` is the `apiVersion` that the kind has in another product, if it has one.
    """
    kind, product = (manifest.api_version, manifest.kind), f"{release.product} {release.minor}"
    name = f"{manifest.kind} of {manifest.api_version}"
    others = sorted(version for version, known in release.kinds if known == manifest.kind)
    later = next((each.minor for each in _after(release) if kind in each.kinds), None)
    if later is not None:
        field, value = ("apiVersion", manifest.api_version) if others else ("kind", manifest.kind)
        detail = f"{name} came with {release.product} {later}; this is {release.minor}"
        return FieldError(NEWER_FIELD, (field,), "", value, detail, f"Upgrade to {later}.")
    others += filter(None, [elsewhere])
    fix = f"Write `apiVersion: {others[0]}`." if others else None
    earlier = next((each.minor for each in _before(release) if kind in each.kinds), None)
    if earlier is not None:
        detail = f"{name} was last known to {release.product} {earlier}; this is {release.minor}"
        return FieldError(REMOVED_FIELD, ("apiVersion",), "", kind[0], detail, fix)
    if others:
        return FieldError(UNKNOWN_KIND, ("apiVersion",), "", kind[0], f"{product} has no {name}", fix)
    hint = did_you_mean(manifest.kind, {known for _, known in release.kinds})
    return FieldError(UNKNOWN_KIND, ("kind",), "", manifest.kind, f"{product} has no {name}{hint}")
