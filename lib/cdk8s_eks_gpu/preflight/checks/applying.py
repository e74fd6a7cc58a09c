"""Can the manifests be applied as they are: hooks, namespaces, order, duplicates, references?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.schema.kubernetes import is_kubernetes_own
from cdk8s_eks_gpu.charts.scopes import SYSTEM_NAMESPACES, cluster_scoped_kinds
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.hints import closest, did_you_mean
from cdk8s_eks_gpu.preflight.rules import hygiene as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.world import World

_HOOK = "helm.sh/hook"
_NFD_GROUP = "nfd.k8s-sigs.io"
# Run once by hand, they go where kubectl points, as their authors mean them to.
_ONE_OFF = frozenset({"Job", "Pod"})


def check(world: World) -> Iterator[Finding]:
    """Yield what keeps the manifests from being applied as they are meant."""
    for judged in world.objects:
        yield from _hooks(judged)
    yield from _namespaces(world)
    yield from _duplicates(world)
    yield from _crds(world)
    yield from _node_classes(world)


def _hooks(judged: KubernetesObject) -> Iterator[Finding]:
    hook = judged.get("metadata", "annotations", _HOOK)
    if not isinstance(hook, str) or hook == "crd-install":
        return
    path = ("metadata", "annotations", _HOOK)
    if "delete" in hook:
        message = f"{judged.kind} {judged.name} is meant to run when the Helm release is deleted ({hook})."
        yield finding_at(rules.DELETE_HOOK, judged, path, message, value=hook)
    else:
        yield finding_at(rules.HOOK, judged, path, f"{judged.kind} {judged.name} is a Helm hook ({hook}).", value=hook)


def _namespaces(world: World) -> Iterator[Finding]:
    cluster_scoped = cluster_scoped_kinds(_scoped_crds(world))
    made = {judged.name: place for place, judged in enumerate(world.objects) if _is_namespace(judged)}
    late: dict[str, KubernetesObject] = {}
    told: set[str] = set()
    for place, judged in enumerate(world.objects):
        namespace, path = judged.namespace, ("metadata", "namespace")
        if (judged.group, judged.kind) in cluster_scoped:
            if namespace:
                message = f"{judged.kind} is cluster-scoped and lives in no namespace."
                yield finding_at(rules.NAMESPACE_UNWANTED, judged, path, message, value=namespace)
        elif not namespace:
            if is_kubernetes_own(judged) and judged.kind not in _ONE_OFF and judged.kind in world.known_kinds:
                yield finding_at(
                    rules.NAMESPACE_MISSING, judged, path, f"{judged.kind} {judged.name} has no namespace."
                )
        elif namespace in made:
            if place < made[namespace]:
                late.setdefault(namespace, judged)
        elif namespace not in SYSTEM_NAMESPACES and namespace not in told:
            told.add(namespace)
            message = f"Nothing in the manifests makes the namespace {namespace}."
            yield finding_at(rules.NAMESPACE_ABSENT, judged, path, message, value=namespace)
    for namespace, first in late.items():
        maker = world.objects[made[namespace]]
        message = f"The namespace {namespace} is made after {first.kind} {first.name} ({first.file}), which is in it."
        yield finding_at(rules.TOO_LATE, maker, ("metadata", "name"), message, value=namespace)


def _is_namespace(judged: KubernetesObject) -> bool:
    return judged.kind == "Namespace" and judged.api_version == "v1"


def _is_crd(judged: KubernetesObject) -> bool:
    return judged.kind == "CustomResourceDefinition" and judged.group == "apiextensions.k8s.io"


def _scoped_crds(world: World) -> Iterator[dict[str, object]]:
    """Yield the CRDs that say their scope, group and kind, as far as they can be read."""
    for judged in world.objects:
        names = [judged.get("spec", *path) for path in (("scope",), ("group",), ("names", "kind"))]
        if _is_crd(judged) and all(isinstance(name, str) for name in names):
            yield judged.data


def _duplicates(world: World) -> Iterator[Finding]:
    first: dict[tuple[str, str, str, str], KubernetesObject] = {}
    elsewhere: dict[tuple[str, str], list[KubernetesObject]] = {}
    for judged in world.objects:
        if not judged.metadata.get("name"):
            continue
        other = first.setdefault((judged.group, judged.kind, judged.namespace, judged.name), judged)
        if other.file != judged.file:
            elsewhere.setdefault((other.file, judged.file), []).append(judged)
        elif other is not judged:
            message = f"{judged.kind} {judged.name} is also on line {other.line()}."
            yield finding_at(rules.DUPLICATE, judged, ("metadata", "name"), message, value=judged.name)
    for (file, _), again in elsewhere.items():  # one finding for two files, however many objects they share
        more = f", as are {len(again) - 1} more of the objects here" if len(again) > 1 else ""
        message = f"{again[0].kind} {again[0].name} is also in {file}{more}."
        yield finding_at(rules.DUPLICATE_ELSEWHERE, again[0], ("metadata", "name"), message, value=again[0].name)


def _crds(world: World) -> Iterator[Finding]:
    makers = {
        (judged.get("spec", "group"), judged.get("spec", "names", "kind")): place
        for place, judged in enumerate(world.objects)
        if _is_crd(judged)
    }
    late: dict[int, KubernetesObject] = {}
    for place, judged in enumerate(world.objects):
        maker = makers.get((judged.group, judged.kind))
        if maker is not None and place < maker:
            late.setdefault(maker, judged)
    for maker, first in late.items():
        message = f"The CRD comes after {first.kind} {first.name} ({first.file}), which is of its kind."
        yield finding_at(rules.TOO_LATE, world.objects[maker], ("metadata", "name"), message)
    if any(group == _NFD_GROUP for group, _ in makers):
        return
    for pods in world.pods:
        if pods.owner.kind == "Deployment" and any("node-feature-discovery" in image for image in pods.images):
            message = f"{pods.owner.kind} {pods.owner.name} needs the CRDs of {_NFD_GROUP}, which the manifests lack."
            yield finding_at(rules.CRD_MISSING, pods.owner, pods.path, message)
            return


def _node_classes(world: World) -> Iterator[Finding]:
    names = {judged.name for judged in world.node_classes}
    files = {judged.file for judged in world.node_classes}
    path = ("spec", "template", "spec", "nodeClassRef", "name")
    for pool in world.node_pools:
        name, kind = pool.get(*path), pool.get(*path[:-1], "kind")
        if not isinstance(name, str) or kind != "EC2NodeClass" or name in names:
            continue
        # Beside other node classes, or spelt almost like one, it is a slip; otherwise the cluster may have it.
        if pool.file in files or closest(name, names):
            message = f"There is no EC2NodeClass {name!r}{did_you_mean(name, names)}."
            yield finding_at(rules.NODE_CLASS_MISSING, pool, path, message, value=name)
        else:
            message = f"The EC2NodeClass {name!r} is not among the manifests."
            yield finding_at(rules.NODE_CLASS_ELSEWHERE, pool, path, message, value=name)
