"""Can the objects be applied together: twice the same, Helm hooks, one before what it needs?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.manifests.scopes import defined_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.preflight.context import Context


_CRDS = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"

TOO_LATE = Rule(
    "apply/applied-too-late",
    Severity.WARNING,
    "The object comes after another one that cannot be applied without it.",
    "kubectl applies files by name and documents in their order: the first run fails, and only a second one succeeds.",
    _CRDS,
    "Move it to the front, for instance into a file whose name begins with 0000.",
)
CRD_MISSING = Rule(
    "apply/crd-missing",
    Severity.WARNING,
    "The manifests run node feature discovery without its CRDs.",
    "`helm template` leaves CRDs out by default. NFD's master then fails, and no node is labelled.",
    "https://helm.sh/docs/chart_best_practices/custom_resource_definitions/",
    "Render the chart with `--include-crds`, unless the CRDs are installed in another way.",
)

_NFD_GROUP = "nfd.k8s-sigs.io"
_NAME = ("metadata", "name")


def check(context: Context) -> Iterator[Finding]:
    """Yield what goes wrong when the objects are applied together."""
    yield from _order(context)
    yield from _duplicates(context)
    yield from _hooks(context)


def _order(context: Context) -> Iterator[Finding]:
    """Yield the namespaces and CRDs that come after what needs them, and those of NFD if they are missing."""
    objects = context.cluster.objects
    for namespace, first in _late(
        objects, context.namespaces, lambda each: context.is_namespaced(each) and each.namespace
    ):
        message = (
            f"The namespace {namespace.name} is created after {first.kind} {first.name} ({first.file}), which is in it."
        )
        yield finding_at(TOO_LATE, namespace, _NAME, message, value=namespace.name)
    crds = {kind: place for place, each in enumerate(objects) if (kind := defined_kind(each.data)) is not None}
    for crd, first in _late(objects, crds, lambda each: (each.group, each.kind)):
        message = f"The CRD comes after {first.kind} {first.name} ({first.file}), which is of its kind."
        yield finding_at(TOO_LATE, crd, _NAME, message)
    if not any(group == _NFD_GROUP for group, _ in crds):
        yield from _without_nfd_crds(context)


def _late(
    objects: Sequence[KubernetesObject],
    places: Mapping[Any, int],
    needs: Callable[[KubernetesObject], Hashable],
) -> Iterator[tuple[KubernetesObject, KubernetesObject]]:
    """Yield each object of the places that comes after objects that need it, and the first of these."""
    first: dict[int, KubernetesObject] = {}
    for place, each in enumerate(objects):
        needed = places.get(needs(each), 0)
        if place < needed and _is_in_order(each, objects[needed]):
            first.setdefault(needed, each)
    for needed, each in first.items():
        yield objects[needed], each


def _is_in_order(manifest: KubernetesObject, other: KubernetesObject) -> bool:
    """Return whether the objects are applied in the order in which they stand: Kustomize puts them in one of its own.

    Only the user knows in which order folders are applied.
    """
    return manifest.applied_with == other.applied_with and not manifest.kustomization


def _without_nfd_crds(context: Context) -> Iterator[Finding]:
    for workload in context.cluster.workloads:
        if workload.kind == "Deployment" and any("node-feature-discovery" in image for image in workload.images):
            message = f"{workload} needs the CRDs of {_NFD_GROUP}, which the manifests lack."
            yield finding_at(CRD_MISSING, workload.object, workload.path, message)
            return


_OBJECTS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"

DUPLICATE = Rule(
    "apply/duplicate",
    Severity.ERROR,
    "One file has the same object twice.",
    "Both are applied, and the last one wins silently.",
    _OBJECTS,
    "Remove one of them, or rename it.",
)
DUPLICATE_ELSEWHERE = Rule(
    "apply/duplicate-elsewhere",
    Severity.WARNING,
    "Another file has the same object.",
    "Applied together, the last one wins silently.",
    _OBJECTS,
    "Remove one of them, or check the folders one by one if they are alternatives.",
)


def _duplicates(context: Context) -> Iterator[Finding]:
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

_ANNOTATION = ("metadata", "annotations", "helm.sh/hook")


def _hooks(context: Context) -> Iterator[Finding]:
    """Yield the objects that are Helm hooks."""
    for manifest in context.cluster.objects:
        hook = manifest.cursor.at(*_ANNOTATION).text()
        if "delete" in hook:
            message = f"{manifest.kind} {manifest.name} is meant to run when the Helm release is deleted ({hook})."
            yield finding_at(DELETE_HOOK, manifest, _ANNOTATION, message, value=hook)
        elif hook not in {"", "crd-install"}:
            message = f"{manifest.kind} {manifest.name} is a Helm hook ({hook})."
            yield finding_at(HOOK, manifest, _ANNOTATION, message, value=hook)
