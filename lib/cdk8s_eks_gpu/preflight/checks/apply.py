"""Can the manifests be applied as they are: hooks, namespaces, order, duplicates, references?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.schema.kubernetes import is_kubernetes_own, kinds_of
from cdk8s_eks_gpu.charts.scopes import SYSTEM_NAMESPACES, cluster_scoped_kinds
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.hints import closest, did_you_mean, sentence
from cdk8s_eks_gpu.manifests.templates import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.preflight.context import Context

_HELM_HOOKS = "https://helm.sh/docs/topics/charts_hooks/"
_NAMESPACES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"
_CRDS = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"
_OBJECTS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"
_NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"

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
NAMESPACE_MISSING = Rule(
    "apply/namespace-missing",
    Severity.WARNING,
    "The object lives in a namespace and does not say in which.",
    (
        "It goes to whatever namespace kubectl or Argo CD points at, mostly `default`. `helm template --namespace` does"
        " not write the namespace where a chart's template has none, such as that of the EFA device plugin."
    ),
    _NAMESPACES,
    "Add `metadata.namespace`.",
)
NAMESPACE_UNWANTED = Rule(
    "apply/namespace-unwanted",
    Severity.WARNING,
    "The object is cluster-scoped and says a namespace.",
    "The API server drops it, and Argo CD reports the object as out of sync for ever.",
    _NAMESPACES,
    "Remove `metadata.namespace`.",
)
NAMESPACE_ABSENT = Rule(
    "apply/namespace-absent",
    Severity.WARNING,
    "The object's namespace is none that Kubernetes makes, and the manifests do not make it.",
    "`helm install --create-namespace` makes it; rendered manifests do not, and then applying them fails.",
    _NAMESPACES,
    "Add a Namespace object, unless something else makes it.",
)
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
NODE_CLASS_MISSING = Rule(
    "apply/node-class-missing",
    Severity.ERROR,
    "A pool refers to a node class that is neither beside it nor elsewhere in the manifests.",
    "Karpenter sets the pool not ready and launches no nodes from it.",
    _NODE_CLASSES,
    "Correct `nodeClassRef`, or add the EC2NodeClass.",
)
NODE_CLASS_ELSEWHERE = Rule(
    "apply/node-class-elsewhere",
    Severity.WARNING,
    "A pool refers to a node class that is not among the manifests.",
    "It may be in the cluster already; if not, the pool never gets ready. What depends on it could not be checked.",
    _NODE_CLASSES,
    "Check the EC2NodeClass together with the pool.",
)
NODE_CLASS_UNUSED = Rule(
    "apply/node-class-unused",
    Severity.WARNING,
    "No pool of the manifests beside it uses the node class.",
    "What it says of AMI, volumes and network has no effect; mostly a pool names another class by mistake.",
    _NODE_CLASSES,
    "Name it in the `nodeClassRef` of the pool that it is meant for, or remove it.",
)

RULES = (
    DELETE_HOOK,
    HOOK,
    NAMESPACE_MISSING,
    NAMESPACE_UNWANTED,
    NAMESPACE_ABSENT,
    TOO_LATE,
    CRD_MISSING,
    DUPLICATE,
    DUPLICATE_ELSEWHERE,
    NODE_CLASS_MISSING,
    NODE_CLASS_ELSEWHERE,
    NODE_CLASS_UNUSED,
)

_HOOK = "helm.sh/hook"
_NFD_GROUP = "nfd.k8s-sigs.io"
# Run once by hand, they go where kubectl points, as their authors mean them to.
_ONE_OFF = frozenset({"Job", "Pod"})


def check(context: Context) -> Iterator[Finding]:
    """Yield what keeps the manifests from being applied as they are meant."""
    for manifest in context.cluster.objects:
        yield from _hooks(manifest)
    yield from _namespaces(context)
    yield from _duplicates(context)
    yield from _crds(context)
    yield from _node_classes(context)


def _hooks(manifest: KubernetesObject) -> Iterator[Finding]:
    hook = manifest.cursor.at("metadata", "annotations", _HOOK).value
    if not isinstance(hook, str) or hook == "crd-install":
        return
    path = ("metadata", "annotations", _HOOK)
    if "delete" in hook:
        message = f"{manifest.kind} {manifest.name} is meant to run when the Helm release is deleted ({hook})."
        yield finding_at(DELETE_HOOK, manifest, path, message, value=hook)
    else:
        yield finding_at(HOOK, manifest, path, f"{manifest.kind} {manifest.name} is a Helm hook ({hook}).", value=hook)


def _namespaces(context: Context) -> Iterator[Finding]:
    cluster_scoped = cluster_scoped_kinds(_scoped_crds(context))
    unwanted: dict[str, list[KubernetesObject]] = {}
    missing: dict[str, list[KubernetesObject]] = {}
    placed = []
    for place, manifest in enumerate(context.cluster.objects):
        if (manifest.group, manifest.kind) in cluster_scoped:
            if manifest.namespace:
                unwanted.setdefault(manifest.file, []).append(manifest)
        elif manifest.namespace:
            placed.append((place, manifest))
        elif _must_say_its_namespace(manifest, context.kubernetes):
            missing.setdefault(manifest.file, []).append(manifest)
    yield from _misplaced(unwanted, missing)
    yield from _not_made(context, placed)


def _must_say_its_namespace(manifest: KubernetesObject, kubernetes: str) -> bool:
    is_known = is_kubernetes_own(manifest) and manifest.kind in kinds_of(kubernetes)
    return is_known and manifest.kind not in _ONE_OFF


def _not_made(context: Context, placed: Sequence[tuple[int, KubernetesObject]]) -> Iterator[Finding]:
    """Yield the namespaces that nothing makes, and those that are made too late, of the objects at their places."""
    made = {manifest.name: place for place, manifest in enumerate(context.cluster.objects) if _is_namespace(manifest)}
    late: dict[str, KubernetesObject] = {}
    absent: dict[str, dict[str, KubernetesObject]] = {}
    for place, manifest in placed:
        namespace = manifest.namespace
        if namespace in made:
            maker = context.cluster.objects[made[namespace]]
            if place < made[namespace] and _is_in_order(manifest, maker):
                late.setdefault(namespace, manifest)
        elif namespace not in SYSTEM_NAMESPACES and not is_placeholder(namespace):
            absent.setdefault(manifest.applied_with, {}).setdefault(namespace, manifest)
    reported: set[str] = set()
    for namespaces in absent.values():
        names = [name for name in namespaces if name not in reported]
        reported.update(names)
        if names:
            message = f"Nothing in the manifests makes the namespace{'s' if names[1:] else ''} {', '.join(names)}."
            path = ("metadata", "namespace")
            yield finding_at(NAMESPACE_ABSENT, namespaces[names[0]], path, message, value=names[0])
    for namespace, first in late.items():
        maker = context.cluster.objects[made[namespace]]
        message = (
            f"The namespace {namespace} is created after {first.kind} {first.name} ({first.file}), which is in it."
        )
        yield finding_at(TOO_LATE, maker, ("metadata", "name"), message, value=namespace)


def _misplaced(
    unwanted: Mapping[str, Sequence[KubernetesObject]], missing: Mapping[str, Sequence[KubernetesObject]]
) -> Iterator[Finding]:
    """Yield one finding a file for the objects with a namespace too many, and one for those without theirs."""
    path = ("metadata", "namespace")
    for first, *more in unwanted.values():
        others = f" So are {len(more)} more objects of this file." if more else ""
        message = f"{first.kind} is cluster-scoped and lives in no namespace.{others}"
        yield finding_at(NAMESPACE_UNWANTED, first, path, message, value=first.namespace)
    for first, *more in missing.values():
        others = f", nor have {len(more)} more objects of this file" if more else ""
        yield finding_at(NAMESPACE_MISSING, first, path, f"{first.kind} {first.name} has no namespace{others}.")


def _is_in_order(one: KubernetesObject, other: KubernetesObject) -> bool:
    """Return whether the objects are applied in the order in which they stand: Kustomize puts them in one of its own.

    Of folders, nobody but their user knows in which order they are applied.
    """
    return one.applied_with == other.applied_with and not one.kustomization


def _is_namespace(manifest: KubernetesObject) -> bool:
    return manifest.kind == "Namespace" and manifest.api_version == "v1"


def _is_crd(manifest: KubernetesObject) -> bool:
    return manifest.kind == "CustomResourceDefinition" and manifest.group == "apiextensions.k8s.io"


def _scoped_crds(context: Context) -> Iterator[dict[str, object]]:
    """Yield the CRDs that say their scope, group and kind, as far as they can be read."""
    for manifest in context.cluster.objects:
        names = [manifest.cursor.at("spec", *path).value for path in (("scope",), ("group",), ("names", "kind"))]
        if _is_crd(manifest) and all(isinstance(name, str) for name in names):
            yield manifest.data


def _duplicates(context: Context) -> Iterator[Finding]:
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


def _crds(context: Context) -> Iterator[Finding]:
    makers = {
        (manifest.cursor.at("spec", "group").value, manifest.cursor.at("spec", "names", "kind").value): place
        for place, manifest in enumerate(context.cluster.objects)
        if _is_crd(manifest)
    }
    late: dict[int, KubernetesObject] = {}
    for place, manifest in enumerate(context.cluster.objects):
        maker = makers.get((manifest.group, manifest.kind))
        if maker is not None and place < maker and _is_in_order(manifest, context.cluster.objects[maker]):
            late.setdefault(maker, manifest)
    for maker, first in late.items():
        message = f"The CRD comes after {first.kind} {first.name} ({first.file}), which is of its kind."
        yield finding_at(TOO_LATE, context.cluster.objects[maker], ("metadata", "name"), message)
    if any(group == _NFD_GROUP for group, _ in makers):
        return
    for workload in context.cluster.workloads:
        if workload.kind == "Deployment" and any("node-feature-discovery" in image for image in workload.images):
            message = f"{workload} needs the CRDs of {_NFD_GROUP}, which the manifests lack."
            yield finding_at(CRD_MISSING, workload.object, workload.path, message)
            return


def _node_classes(context: Context) -> Iterator[Finding]:
    names = {manifest.name for manifest in context.cluster.node_classes}
    files = {manifest.file for manifest in context.cluster.node_classes}
    path = ("spec", "template", "spec", "nodeClassRef", "name")
    for pool in context.cluster.of_kind("karpenter.sh", "NodePool"):
        name, kind = pool.cursor.at(*path).value, pool.cursor.at(*path[:-1], "kind").value
        if not isinstance(name, str) or kind != "EC2NodeClass" or name in names:
            continue
        # Beside other node classes, or spelt almost like one, it is a slip; otherwise the cluster may have it.
        if pool.file in files or closest(name, names):
            message = sentence(f"There is no EC2NodeClass {name!r}{did_you_mean(name, names)}")
            yield finding_at(NODE_CLASS_MISSING, pool, path, message, value=name)
        else:
            message = f"The EC2NodeClass {name!r} is not among the manifests."
            yield finding_at(NODE_CLASS_ELSEWHERE, pool, path, message, value=name)
    yield from _unused_classes(context)


def _unused_classes(context: Context) -> Iterator[Finding]:
    """Yield the node classes that no pool names, where the pools beside them all name others."""
    pools = context.cluster.of_kind("karpenter.sh", "NodePool")
    path = ("spec", "template", "spec", "nodeClassRef", "name")
    used = {pool.cursor.at(*path).text() for pool in pools}
    beside = {pool.applied_with for pool in pools}
    # A name that is yet to be filled in, or that no class has, may be meant for any of them.
    known = {each.name for each in context.cluster.node_classes}
    is_open = any(is_placeholder(name) or closest(name, known - {name}) for name in used - known)
    for node_class in context.cluster.node_classes:
        if node_class.name and node_class.name not in used and node_class.applied_with in beside and not is_open:
            if is_placeholder(node_class.name):
                continue
            message = f"No pool uses EC2NodeClass {node_class.name}."
            yield finding_at(NODE_CLASS_UNUSED, node_class, ("metadata", "name"), message, value=node_class.name)
