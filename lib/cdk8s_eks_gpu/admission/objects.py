"""What the API server and Karpenter refuse of one object, by itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.admission.cel import NOT_EVALUATED
from cdk8s_eks_gpu.admission.core.resources import resources
from cdk8s_eks_gpu.admission.field_error import INVALID, REQUIRED, FieldError
from cdk8s_eks_gpu.admission.schema import karpenter, kubernetes
from cdk8s_eks_gpu.admission.schema.cel import can_evaluate
from cdk8s_eks_gpu.admission.schema.metadata import metadata_errors
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.findings.finding import is_secret
from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths
from cdk8s_eks_gpu.manifests.templates import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cdk8s_eks_gpu.admission.schema.releases import Release
    from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, Path


NO_KIND = Rule(
    "schema/no-kind",
    Severity.ERROR,
    "The object has an `apiVersion` or a `kind`, but not both.",
    "The API server refuses the object, and with it the rollout that the object belongs to.",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/#required-fields",
    "Set both: they tell Kubernetes what the object is.",
)
SKIPPED = Rule(
    "schema/skipped",
    Severity.NOTE,
    "Of objects of this kind only the metadata and the pods were checked, since their schema is not known here.",
    "Their CRD belongs to another project. The preflight makes no statement about the rest.",
    "https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/",
    "Nothing to do. `kubectl apply --dry-run=server` checks them against a cluster that has their CRD.",
)

# Groups whose templates look like a pod's and have fields of their own.
_NOT_QUITE_PODS = frozenset({"serving.knative.dev", "kyverno.io"})
# Kinds whose operators make pods of something else than a pod template; the resources are those of a container.
_WITH_RESOURCES = frozenset({"InferenceService", "NodeSet", "TrainJob"})


def refusals(manifest: KubernetesObject, karpenter_release: Release, kubernetes_minor: str) -> Iterator[Finding]:
    """Yield what the API server refuses of an object, and what Karpenter does when it runs.

    Of a kind whose schema is not known here only the metadata and the pods are checked.
    """
    for error in _errors(manifest, karpenter_release, kubernetes_minor):
        message = error.message(secret=is_secret(manifest, error.path))
        there = manifest.get(*error.path)
        value = there if error.value is None and is_placeholder(there) else error.value
        yield finding_at(error.rule, manifest, error.path, message, value=value, fix=error.fix)


def not_checked(objects: Iterable[KubernetesObject]) -> Iterator[Finding]:
    """Yield a note for each kind whose schema is not known here, and one where CEL cannot be evaluated."""
    noted: set[str] = set()
    for manifest in objects:
        if _is_foreign(manifest) and (kind := _kind(manifest)) not in noted:
            noted.add(kind)
            message = (
                f"Of objects of kind {manifest.kind} ({manifest.api_version}) only metadata and pods were checked."
            )
            yield finding_at(SKIPPED, manifest, ("kind",), message, value=manifest.kind)
        if not can_evaluate() and manifest.group in vocabulary.KARPENTER_GROUPS and NOT_EVALUATED.id not in noted:
            noted.add(NOT_EVALUATED.id)
            yield finding_at(NOT_EVALUATED, manifest, ("kind",), NOT_EVALUATED.summary)


def kinds_without_schema(objects: Iterable[KubernetesObject]) -> Counter[str]:
    """Return how many objects there are of each kind whose schema is not known here, by `apiVersion kind`."""
    return Counter(_kind(manifest) for manifest in objects if _is_foreign(manifest))


def _errors(manifest: KubernetesObject, release: Release, minor: str) -> Iterator[FieldError]:
    for field in ("apiVersion", "kind"):
        value = manifest.data.get(field)
        if value is None or value == "":
            yield FieldError(NO_KIND, (field,), REQUIRED)
            return
        if not isinstance(value, str):
            yield FieldError(NO_KIND, (field,), INVALID, value, "must be a string")
            return
    if manifest.group in vocabulary.KARPENTER_GROUPS:
        yield from karpenter.karpenter_errors(manifest, release)
    elif kubernetes.is_kubernetes_own(manifest):
        yield from kubernetes.kubernetes_errors(manifest, minor)
    else:
        yield from metadata_errors(manifest.cursor["metadata"])
        for path in pod_spec_paths(manifest.data):
            if manifest.group not in _NOT_QUITE_PODS and _is_template(path):
                yield from kubernetes.pod_errors(manifest, path, minor)
        if manifest.kind in _WITH_RESOURCES:
            for at in _resources(manifest.cursor["spec"]):
                yield from resources(at, frozenset())


def _resources(at: Cursor) -> Iterator[Cursor]:
    """Yield the resources of what is below and in no pod template."""
    for key, inner in at.entries():
        if key in {"resources", "resourcesPerNode"} and {"limits", "requests"} & set(inner.mapping()):
            yield inner
        elif "template" not in key.lower():
            yield from _resources(inner)
    for item in at.items():
        yield from _resources(item)


def _is_template(path: Path) -> bool:
    """Return whether a mapping `spec` with containers is that of a pod: it stands in a template."""
    above = next((step for step in reversed(path[:-1]) if isinstance(step, str)), "")
    return "template" in above.lower()


def _is_foreign(manifest: KubernetesObject) -> bool:
    return bool(manifest.api_version and manifest.kind) and not (
        manifest.group in vocabulary.KARPENTER_GROUPS or kubernetes.is_kubernetes_own(manifest)
    )


def _kind(manifest: KubernetesObject) -> str:
    return f"{manifest.api_version} {manifest.kind}"
