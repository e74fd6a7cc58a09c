"""Is an object there twice?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.preflight.context import Context

_OBJECTS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"

DUPLICATE = Rule(
    "apply/duplicate",
    Severity.ERROR,
    "One file has the same object twice.",
    "Both are applied, and the last one wins without a word.",
    _OBJECTS,
    "Remove one of them, or rename it.",
)
DUPLICATE_ELSEWHERE = Rule(
    "apply/duplicate-elsewhere",
    Severity.WARNING,
    "Another file has the same object.",
    "Applied together, the last one wins without a word.",
    _OBJECTS,
    "Remove one of them, or check the folders one by one if they are alternatives.",
)

RULES = (DUPLICATE, DUPLICATE_ELSEWHERE)


def check(context: Context) -> Iterator[Finding]:
    """Yield the objects that another file, or the same one, has too."""
    first: dict[tuple[str, str, str, str], KubernetesObject] = {}
    elsewhere: dict[tuple[str, ...], list[tuple[KubernetesObject, KubernetesObject]]] = {}
    for manifest in context.cluster.objects:
        if not manifest.metadata.get("name"):
            continue
        other = first.setdefault((manifest.group, manifest.kind, manifest.namespace, manifest.name), manifest)
        if other is manifest or other.source == manifest.source:
            continue
        if other.file == manifest.file:
            message = f"{manifest.kind} {manifest.name} is also on line {other.line()}."
            yield finding_at(DUPLICATE, manifest, ("metadata", "name"), message, value=manifest.name)
        elif other.applied_with == manifest.applied_with:
            elsewhere.setdefault((manifest.applied_with,), []).append((manifest, other))
        elif not (other.kustomization or manifest.kustomization):  # overlays are alternatives
            elsewhere.setdefault((), []).append((manifest, other))
    for again in elsewhere.values():  # one finding for a folder, and one for all folders together
        manifest, other = again[0]
        more = f", and {len(again) - 1} more of the objects here are in several files" if len(again) > 1 else ""
        message = f"{manifest.kind} {manifest.name} is also in {other.file}{more}."
        yield finding_at(DUPLICATE_ELSEWHERE, manifest, ("metadata", "name"), message, value=manifest.name)
