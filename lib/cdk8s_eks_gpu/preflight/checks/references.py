"""Is there what objects refer to: the namespace of each object, the node class of each pool?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.admission.schema.kubernetes import is_kubernetes_own, kinds_of
from cdk8s_eks_gpu.descriptions import describe_slip
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.manifests.scopes import SYSTEM_NAMESPACES
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.provisioning.slips import no_node_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.preflight.context import Context


_NAMESPACES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"

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
    "The API server drops it, and Argo CD reports the object as out of sync forever.",
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

_PATH = ("metadata", "namespace")
# Run once by hand, they go where kubectl points, as their authors mean them to.
_ONE_OFF = frozenset({"Job", "Pod"})


def check(context: Context) -> Iterator[Finding]:
    """Yield the objects whose namespace or node class is missing, and what is there for nothing."""
    yield from _namespaces(context)
    yield from _node_classes(context)


def _namespaces(context: Context) -> Iterator[Finding]:
    """Yield the objects without their namespace, with one too many, and with one that nothing makes."""
    unwanted: dict[str, list[KubernetesObject]] = {}
    missing: dict[str, list[KubernetesObject]] = {}
    for manifest in context.cluster.objects:
        if not context.is_namespaced(manifest):
            if manifest.namespace:
                unwanted.setdefault(manifest.file, []).append(manifest)
        elif not manifest.namespace and _must_say_its_namespace(manifest, context.kubernetes):
            missing.setdefault(manifest.file, []).append(manifest)
    for first, *more in unwanted.values():
        others = f" So are {len(more)} more objects of this file." if more else ""
        message = f"{first.kind} is cluster-scoped and lives in no namespace.{others}"
        yield finding_at(NAMESPACE_UNWANTED, first, _PATH, message, value=first.namespace)
    for first, *more in missing.values():
        others = f", nor have {len(more)} more objects of this file" if more else ""
        yield finding_at(NAMESPACE_MISSING, first, _PATH, f"{first.kind} {first.name} has no namespace{others}.")
    yield from _absent(context)


def _must_say_its_namespace(manifest: KubernetesObject, kubernetes: str) -> bool:
    is_known = is_kubernetes_own(manifest) and manifest.kind in kinds_of(kubernetes)
    return is_known and manifest.kind not in _ONE_OFF


def _absent(context: Context) -> Iterator[Finding]:
    """Yield one finding for the namespaces that a folder's objects are in and nothing makes."""
    there = SYSTEM_NAMESPACES.union(context.namespaces)
    absent: dict[str, dict[str, KubernetesObject]] = {}
    for manifest in context.cluster.objects:
        namespace = manifest.namespace
        if namespace and namespace not in there and not is_placeholder(namespace) and context.is_namespaced(manifest):
            absent.setdefault(manifest.applied_with, {}).setdefault(namespace, manifest)
    reported: set[str] = set()
    for namespaces in absent.values():
        names = [name for name in namespaces if name not in reported]
        reported.update(names)
        if names:
            message = f"Nothing in the manifests makes the namespace{'s' if names[1:] else ''} {', '.join(names)}."
            yield finding_at(NAMESPACE_ABSENT, namespaces[names[0]], _PATH, message, value=names[0])


_NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"

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

_REFERENCE = ("spec", "template", "spec", "nodeClassRef")
_CLASS_NAME = (*_REFERENCE, "name")


def _node_classes(context: Context) -> Iterator[Finding]:
    """Yield the pools whose node class is not there, and the node classes that no pool uses."""
    pools = context.cluster.pools
    node_classes = context.cluster.node_classes
    names = {manifest.name for manifest in node_classes}
    for pool in pools:
        name, missing = pool.node_class.name, no_node_class(pool, node_classes)
        if missing is not None:
            is_kind = missing.kind != vocabulary.NODE_CLASS_KIND
            place, value = ((*_REFERENCE, "kind"), missing.kind) if is_kind else (_CLASS_NAME, name)
            yield finding_at(NODE_CLASS_MISSING, pool.manifest, place, describe_slip(missing), value=value)
        elif name and pool.node_class_manifest is None and not pool.not_evaluated:
            message = f"The EC2NodeClass {name!r} is not among the manifests."
            yield finding_at(NODE_CLASS_ELSEWHERE, pool.manifest, _CLASS_NAME, message, value=name)
    used = {pool.node_class.name for pool in pools}
    # A name that is yet to be filled in, or that no class has, may be meant for any of them.
    if any(is_placeholder(name) or closest(name, names - {name}) for name in used - names):
        return
    folders = {pool.manifest.applied_with for pool in pools}
    for manifest in node_classes:
        is_used = not manifest.name or manifest.name in used or is_placeholder(manifest.name)
        if manifest.applied_with in folders and not is_used:
            message = f"No pool uses EC2NodeClass {manifest.name}."
            yield finding_at(NODE_CLASS_UNUSED, manifest, ("metadata", "name"), message, value=manifest.name)
