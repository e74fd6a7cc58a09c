"""Is an object a Helm hook, which kubectl would apply like any other?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.preflight.context import Context

_HELM_HOOKS = "https://helm.sh/docs/topics/charts_hooks/"

DELETE_HOOK = Rule(
    "apply/delete-hook",
    Severity.ERROR,
    "The object is a Helm hook for deletion, and kubectl would apply it at once.",
    (
        "Helm runs such a hook when the release is removed; kubectl knows no hooks. NVIDIA's charts 0.18.0 to 0.19.3"
        " have one that strips the node labels of node feature discovery, and with them the GPUs."
    ),
    _HELM_HOOKS,
    "Render the chart with `--no-hooks`, or remove the object.",
)
HOOK = Rule(
    "apply/hook",
    Severity.WARNING,
    "The object is a Helm hook, and kubectl applies it like any other object.",
    "It runs at another time than its author meant, and once only: a finished Job stays.",
    _HELM_HOOKS,
    "Render the chart with `--no-hooks`, or remove the annotation if the object is meant to stay.",
)

RULES = (DELETE_HOOK, HOOK)

_ANNOTATION = ("metadata", "annotations", "helm.sh/hook")


def check(context: Context) -> Iterator[Finding]:
    """Yield the objects that are Helm hooks."""
    for manifest in context.cluster.objects:
        hook = manifest.cursor.at(*_ANNOTATION).text()
        if "delete" in hook:
            message = f"{manifest.kind} {manifest.name} is meant to run when the Helm release is deleted ({hook})."
            yield finding_at(DELETE_HOOK, manifest, _ANNOTATION, message, value=hook)
        elif hook not in {"", "crd-install"}:
            message = f"{manifest.kind} {manifest.name} is a Helm hook ({hook})."
            yield finding_at(HOOK, manifest, _ANNOTATION, message, value=hook)
