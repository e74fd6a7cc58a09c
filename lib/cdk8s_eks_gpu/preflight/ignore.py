"""Silencing a rule for one object, with the reason, in an annotation of the object.

`silence.eks-gpu/efa.zones: "one zone has all our subnets"` silences `efa/zones`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.findings.finding import found
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.preflight.rules import ALL_RULES
from cdk8s_eks_gpu.preflight.rules.manifest import SILENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import KubernetesObject

PREFIX = "silence.eks-gpu/"


def silences(judged: KubernetesObject) -> dict[str, str]:
    """Return the reasons, by rule id, for which the object silences rules."""
    return {
        rule: reason.strip()
        for key, reason, rule in _annotations(judged)
        if key and rule in ALL_RULES and isinstance(reason, str) and reason.strip()
    }


def faulty_silences(judged: KubernetesObject) -> Iterator[Finding]:
    """Yield the silences of the object that have no effect."""
    for key, reason, rule in _annotations(judged):
        path = ("metadata", "annotations", key)
        if rule not in ALL_RULES:
            message = f"there is no rule {rule}{did_you_mean(rule, ALL_RULES)}"
            yield found(SILENCE, judged, path, message, value=reason)
        elif not isinstance(reason, str) or not reason.strip():
            yield found(SILENCE, judged, path, f"{rule} is silenced without a reason", value=reason)


def silenced(finding: Finding, reasons: dict[str, str]) -> Finding:
    """Return the finding, with the reason if its object silences its rule."""
    reason = reasons.get(finding.rule.id)
    return finding if reason is None else replace(finding, silenced=reason)


def _annotations(judged: KubernetesObject) -> Iterator[tuple[str, object, str]]:
    annotations = judged.metadata.get("annotations")
    for key, reason in annotations.items() if isinstance(annotations, dict) else ():
        if key.startswith(PREFIX):
            yield key, reason, key.removeprefix(PREFIX).replace(".", "/", 1)
