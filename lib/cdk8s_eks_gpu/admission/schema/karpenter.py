"""An object of one of Karpenter's kinds, judged as the API server and Karpenter would for one Karpenter release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.rules import schema as rules
from cdk8s_eks_gpu.admission.runtime.validate import broken_at_run_time
from cdk8s_eks_gpu.admission.schema.cel_rules import broken_rules
from cdk8s_eks_gpu.admission.schema.history import brought_by, kind_history, known_before
from cdk8s_eks_gpu.admission.schema.metadata import broken_metadata
from cdk8s_eks_gpu.admission.schema.normal import normal
from cdk8s_eks_gpu.admission.schema.structure import structure
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.schema.releases import CustomKind, Release
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path

GROUPS = ("karpenter.sh", "karpenter.k8s.aws")
_SERVERS_OWN = ("apiVersion", "kind", "metadata")


def violations(judged: KubernetesObject, release: Release) -> Iterator[Violation]:
    """Yield everything that is wrong with an object of one of Karpenter's API groups."""
    kind = release.kinds.get((judged.api_version, judged.kind))
    if kind is None:
        yield from kind_history(judged, release)
        return
    yield from broken_metadata(judged.data.get("metadata"))
    unknown: list[tuple[Path, Any]] = []
    data = {key: value for key, value in judged.data.items() if key not in _SERVERS_OWN}
    seen = normal(data, kind.schema, (), lambda path, value: unknown.append((path, value)))
    for path, value in unknown:
        yield _unknown_field(path, value, kind, release)
    # The status has its own endpoint: on creation the server drops what a manifest says there.
    seen.pop("status", None)
    shape: list[Violation] = []
    structure(seen, kind.schema, (), shape)
    for violation in shape:
        yield _dated(violation, kind, release)
    blocked = frozenset(violation.path for violation in shape if violation.blocks_rules)
    for violation in broken_rules(seen, kind.schema, (), blocked):
        yield _dated(violation, kind, release)
    minor = int(release.minor.partition(".")[2])
    told = {violation.path for violation in shape}
    for violation in broken_at_run_time(judged.kind, seen.get("spec"), minor):
        if violation.path not in told:
            yield violation


def _unknown_field(path: Path, value: Any, kind: CustomKind, release: Release) -> Violation:  # noqa: ANN401 -- any value of a manifest
    """Return what to say of a field that the release does not have: newer, gone, or a slip."""
    name = str(path[-1])
    if tag := brought_by(kind, path, release):
        message = f"{name} came with Karpenter {tag}; this is {release.minor}"
        return Violation(rules.NEWER_FIELD, path, message, value, f"Upgrade Karpenter to {tag}, or leave {name} out.")
    if tag := known_before(kind, path, release):
        return Violation(rules.REMOVED_FIELD, path, f"{name} was last known to Karpenter {tag}", value)
    parent = kind.schema
    for part in path[:-1]:
        parent = (parent.items if isinstance(part, int) else parent.properties.get(part, parent.additional)) or parent
    hint = did_you_mean(name, parent.properties)
    return Violation(rules.UNKNOWN_FIELD, path, f"{name} is no field of {kind.kind} here{hint}", value)


def _dated(violation: Violation, kind: CustomKind, release: Release) -> Violation:
    """Return the violation, with the version that would accept the value where there is one."""
    if violation.rule is not rules.ENUM and not violation.rule.id.startswith("cel/"):
        return violation
    tag = brought_by(kind, violation.path, release, violation)
    if tag is None:
        return violation
    if violation.rule is rules.ENUM:
        message = f"{violation.value} came with Karpenter {tag}; this is {release.minor}"
        return replace(violation, rule=rules.NEWER_FIELD, message=message, cure=f"Upgrade Karpenter to {tag}.")
    return replace(violation, cure=f"{violation.rule.cure} Karpenter {tag} accepts it.")
