"""Ignoring a rule for one object, with the reason, in an annotation of the object.

`ignore.eks-gpu/efa.zones: "one zone has all our subnets"` ignores `efa/zones`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu.findings import finding_at
from cdk8s_eks_gpu.findings.rule import IGNORE_PREFIX
from cdk8s_eks_gpu.hints import did_you_mean, sentence
from cdk8s_eks_gpu.preflight.reading import IGNORE
from cdk8s_eks_gpu.preflight.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.findings import Finding
    from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject


def reasons_to_ignore(manifest: KubernetesObject) -> dict[str, str]:
    """Return the reasons, by rule id, for which the object ignores rules."""
    return {
        rule: reason.text().strip()
        for rule, reason in _annotations(manifest)
        if rule in ALL_RULES and reason.text().strip()
    }


def ineffective(manifest: KubernetesObject) -> Iterator[Finding]:
    """Yield the object's annotations that ignore nothing: for want of a reason, or of a rule of that name."""
    for rule, reason in _annotations(manifest):
        if rule not in ALL_RULES:
            message = sentence(f"There is no rule {rule}{did_you_mean(rule, ALL_RULES)}")
            yield finding_at(IGNORE, manifest, reason.path, message, value=reason.value)
        elif not reason.text().strip():
            message = f"{rule} is ignored without a reason."
            yield finding_at(IGNORE, manifest, reason.path, message, value=reason.value)


def with_reason(finding: Finding, reasons: Mapping[str, str]) -> Finding:
    """Return the finding, with the reason if its object ignores its rule."""
    reason = reasons.get(finding.rule.id)
    return finding if reason is None else replace(finding, ignored=reason)


def _annotations(manifest: KubernetesObject) -> Iterator[tuple[str, Cursor]]:
    """Yield the rule that each of our annotations names, and the reason that it gives."""
    for key, reason in manifest.cursor["metadata"]["annotations"].entries():
        if key.startswith(IGNORE_PREFIX):
            yield key.removeprefix(IGNORE_PREFIX).replace(".", "/", 1), reason
