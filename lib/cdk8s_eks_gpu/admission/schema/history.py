"""When a field, a value or a kind came to Karpenter, and when it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.rules import schema as rules
from cdk8s_eks_gpu.admission.rules.cel import rule_for
from cdk8s_eks_gpu.admission.schema.old_objects import renamed_object
from cdk8s_eks_gpu.admission.schema.releases import releases
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.releases.old_kinds import old_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode
    from cdk8s_eks_gpu.admission.schema.releases import CustomKind, Release
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path


def _at(schema: SchemaNode | None, path: Path) -> SchemaNode | None:
    for part in path:
        if schema is None:
            return None
        schema = schema.items if isinstance(part, int) else schema.properties.get(part, schema.additional)
    return schema


def _accepts(node: SchemaNode, violation: Violation | None) -> bool:
    """Return whether the node no longer has what the violation tells of."""
    if violation is None:
        return True
    if violation.rule is rules.ENUM:
        return node.enum is None or violation.value in node.enum
    return all(
        rule.is_transition or rule.holds(violation.value)
        for rule in node.rules
        if rule_for(rule.expression) is violation.rule
    )


def _after(release: Release) -> Sequence[Release]:
    known = releases()
    return known[known.index(release) + 1 :]


def _before(release: Release) -> Sequence[Release]:
    known = releases()
    return known[: known.index(release)]


def brought_by(kind: CustomKind, path: Path, release: Release, violation: Violation | None = None) -> str | None:
    """Return the first minor version after the release that has the field, or that accepts its value; or None."""
    for later in _after(release):
        there = later.kinds.get((kind.api_version, kind.kind))
        node = _at(there.schema, path) if there else None
        if node is not None and _accepts(node, violation):
            return later.minor
    return None


def known_before(kind: CustomKind, path: Path, release: Release) -> str | None:
    """Return the last minor version before the release that had the field in any version of the API, or None."""
    for earlier in reversed(_before(release)):
        for there in earlier.kinds.values():
            if there.kind == kind.kind and _at(there.schema, path) is not None:
                return f"{earlier.minor} ({there.api_version})"
    return None


def kind_history(judged: KubernetesObject, release: Release) -> Iterator[Violation]:
    """Yield what to say of an object whose kind the release does not have."""
    if (old := old_kind(judged.api_version, judged.kind)) is not None:
        yield from renamed_object(judged, old)
    else:
        yield _unknown_kind(judged, release)


def _unknown_kind(judged: KubernetesObject, release: Release) -> Violation:
    identity = (judged.api_version, judged.kind)
    name = f"{judged.kind} of {judged.api_version}"
    for later in _after(release):
        if identity in later.kinds:
            message = f"{name} came with Karpenter {later.minor}; this is {release.minor}"
            return Violation(rules.NEWER_FIELD, ("kind",), message, judged.kind, f"Upgrade to {later.minor}.")
    for earlier in reversed(_before(release)):
        if identity in earlier.kinds:
            message = f"{name} was last known to Karpenter {earlier.minor}; this is {release.minor}"
            return Violation(rules.REMOVED_FIELD, ("apiVersion",), message, judged.api_version)
    versions = sorted(version for version, kind in release.kinds if kind == judged.kind)
    if versions:
        cure = f"Write `apiVersion: {versions[0]}`."
        message = f"{judged.kind} is no kind of {judged.api_version} in Karpenter {release.minor}"
        return Violation(rules.UNKNOWN_KIND, ("apiVersion",), message, judged.api_version, cure)
    hint = did_you_mean(judged.kind, {kind for _, kind in release.kinds})
    message = f"Karpenter {release.minor} has no kind {judged.kind}{hint}"
    return Violation(rules.UNKNOWN_KIND, ("kind",), message, judged.kind)
