"""One object, judged by itself: by Karpenter's CRDs, or by the schema of its kind in Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core import workloads
from cdk8s_eks_gpu.admission.rules import schema as rules
from cdk8s_eks_gpu.admission.schema import karpenter, kubernetes
from cdk8s_eks_gpu.admission.schema.metadata import broken_metadata
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.findings.finding import found

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.world import World

# Groups of files that a client reads and no cluster ever sees, so that Kubernetes' rules for metadata do not hold.
_CLIENTS_OWN = frozenset({"eksctl.io", "kind.x-k8s.io", "kustomize.config.k8s.io", "skaffold"})


def judge_object(judged: KubernetesObject, world: World, skipped: Counter[str]) -> Iterator[Finding]:
    """Yield what is wrong with the object by itself.

    Of a kind whose schema is not known here only the metadata is judged; the kind is counted in `skipped`, and said
    once.
    """
    for violation in _violations(judged, world):
        yield found(
            violation.rule,
            judged,
            violation.path,
            _sentence(violation),
            value=violation.value,
            cure=violation.cure,
        )
    if _is_foreign(judged):
        kind = f"{judged.api_version} {judged.kind}"
        skipped[kind] += 1
        if skipped[kind] == 1:
            message = f"Of objects of kind {judged.kind} ({judged.api_version}) only metadata and pods were judged."
            yield found(rules.SKIPPED, judged, ("kind",), message, value=judged.kind)


def _violations(judged: KubernetesObject, world: World) -> Iterator[Violation]:
    for field in ("apiVersion", "kind"):
        if not isinstance(judged.data.get(field), str) or not judged.data[field]:
            yield Violation(rules.NO_KIND, (field,), f"{field} is missing, or no text", judged.data.get(field))
            return
    if judged.group in karpenter.GROUPS:
        yield from karpenter.violations(judged, world.karpenter)
    elif kubernetes.is_kubernetes_own(judged):
        yield from kubernetes.violations(judged, world.kubernetes)
        yield from workloads.violations(judged)
    elif judged.group not in _CLIENTS_OWN:
        yield from broken_metadata(judged.data.get("metadata"))


def _is_foreign(judged: KubernetesObject) -> bool:
    return bool(judged.api_version and judged.kind) and not (
        judged.group in karpenter.GROUPS or kubernetes.is_kubernetes_own(judged)
    )


def _sentence(violation: Violation) -> str:
    """Return the message as a sentence that names the field."""
    message = violation.message
    last = next((str(part) for part in reversed(violation.path) if isinstance(part, str)), "")
    if not message[:1].isupper() and not message.startswith((f"{last} ", "the ", "a ", "'", "`")):
        index = f"[{violation.path[-1]}]" if violation.path and isinstance(violation.path[-1], int) else ""
        message = f"{last}{index} {message}"
    return message if message.endswith((".", "?")) else f"{message}."
