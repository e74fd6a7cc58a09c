"""What a kustomization changes in all of its objects: namespace, names, labels, annotations, images, replicas.

Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ (Kustomize 5.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.manifests.kustomize.patches import copied
from cdk8s_eks_gpu.manifests.kustomize.references import follow
from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths
from cdk8s_eks_gpu.manifests.scopes import CLUSTER_SCOPED, group_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject
    from cdk8s_eks_gpu.manifests.path import Path

Manifest = dict[str, Any]
_TRANSFORMERS = frozenset(
    {
        *("commonAnnotations", "commonLabels", "images", "labels", "namePrefix", "nameSuffix", "namespace"),
        "replicas",
    }
)
_NOT_PREFIXED = frozenset({"APIService", "CustomResourceDefinition", "Namespace"})
_SELECTORS: dict[str, Path] = {
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"), ("spec", "selector", "matchLabels")),
    **dict.fromkeys(("ReplicationController", "Service"), ("spec", "selector")),
}


def transformed(objects: list[KubernetesObject], kustomization: Manifest) -> list[KubernetesObject]:
    """Return the objects as the kustomization changes them, references to what it renames among that."""
    if _TRANSFORMERS.isdisjoint(kustomization):
        return objects
    result = [replace(each, data=copied(each.data)) for each in objects]
    for each in result:
        _transform(each.data, kustomization)
    changed = list(zip(objects, result, strict=True))
    renamed = {(old.kind, old.name): new.name for old, new in changed if old.name != new.name}
    for each in result if renamed else ():
        follow(each.data, renamed)
    return result


def _transform(manifest: Manifest, kustomization: Manifest) -> None:
    metadata = manifest.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        return
    kind, namespace = manifest.get("kind"), kustomization.get("namespace")
    if isinstance(namespace, str) and namespace:
        _set_namespace(manifest, namespace)
    name = metadata.get("name")
    if isinstance(name, str) and kind not in _NOT_PREFIXED:
        metadata["name"] = f"{kustomization.get('namePrefix') or ''}{name}{kustomization.get('nameSuffix') or ''}"
    _add_labels(manifest, kustomization)
    for key, value in Cursor(kustomization)["commonAnnotations"].mapping().items():
        for place in (metadata, *_templates(manifest)):
            _child(place, "annotations")[key] = value
    for image in Cursor(kustomization)["images"].objects():
        _replace_image(manifest, image.mapping())
    for replicas in Cursor(kustomization)["replicas"].objects():
        if replicas["name"].value == name and isinstance(manifest.get("spec"), dict):
            manifest["spec"]["replicas"] = replicas["count"].value


def _set_namespace(manifest: Manifest, namespace: str) -> None:
    if group_kind(manifest) not in CLUSTER_SCOPED:
        manifest["metadata"]["namespace"] = namespace
    for subject in Cursor(manifest)["subjects"].objects():
        if subject["kind"].value == "ServiceAccount":
            subject.mapping().setdefault("namespace", namespace)


def _add_labels(manifest: Manifest, kustomization: Manifest) -> None:
    common = Cursor({"pairs": kustomization.get("commonLabels"), "includeSelectors": True})
    for entry in (common, *Cursor(kustomization)["labels"].objects()):
        pairs = entry["pairs"].mapping()
        if not pairs:
            continue
        _child(manifest["metadata"], "labels").update(pairs)
        if entry["includeSelectors"].value or entry["includeTemplates"].value:
            for place in _templates(manifest):
                _child(place, "labels").update(pairs)
        path = _SELECTORS.get(str(manifest.get("kind")))
        if entry["includeSelectors"].value and path:
            place = manifest
            for step in path:
                place = _child(place, str(step))
            place.update(pairs)


def _templates(manifest: Manifest) -> Iterator[Manifest]:
    """Yield the metadata of the object's pod templates."""
    for path in pod_spec_paths(manifest):
        template = Cursor(manifest).at(*path[:-1]).value
        if len(path) > 1 and isinstance(template, dict):
            yield _child(template, "metadata")


def _replace_image(manifest: Manifest, image: Manifest) -> None:
    for path in pod_spec_paths(manifest):
        spec = Cursor(manifest).at(*path)
        for field in ("initContainers", "containers", "ephemeralContainers"):
            for container in spec[field].objects():
                if written := container["image"].text():
                    container.mapping()["image"] = _replaced(written, image)


def _replaced(written: str, image: Manifest) -> str:
    name, at, digest = written.partition("@")
    colon = name.rfind(":") if ":" in name.rpartition("/")[2] else len(name)
    name, tag = name[:colon], name[colon + 1 :]
    if name != image.get("name"):
        return written
    name = str(image.get("newName") or name)
    if image.get("digest"):
        return f"{name}@{image['digest']}"
    if image.get("newTag") is not None:
        return f"{name}:{image['newTag']}"
    return f"{name}{f':{tag}' if tag else ''}{at}{digest}"


def _child(place: Manifest, key: str) -> Manifest:
    if not isinstance(place.get(key), dict):
        place[key] = {}
    child: Manifest = place[key]
    return child
