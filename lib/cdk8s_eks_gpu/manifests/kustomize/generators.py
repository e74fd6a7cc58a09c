"""The ConfigMaps and Secrets that a kustomization generates.

Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configmapgenerator/ (Kustomize 5.5).
Kustomize adds a hash of the content to the names, and to every reference to them. Both are left without it here.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk8s_eks_gpu.manifests.document import Document

Manifest = dict[str, Any]
_GENERATORS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}


def generate(
    file: str, document: Document, read_text: Callable[[str], str], objects: list[KubernetesObject]
) -> list[KubernetesObject]:
    """Return the objects with what the kustomization generates, new or merged into what is there.

    Args:
        file: The kustomization.
        document: What it says.
        read_text: Returns the text of a file that it names; empty where there is none that can be read.
        objects: The objects so far.
    """
    for key, kind in _GENERATORS.items():
        entries = document.data.get(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                continue
            data = dict(_data(entry, read_text))
            if kind == "Secret":
                data = {name: base64.b64encode(text.encode()).decode() for name, text in data.items()}
            generated = _manifest(kind, entry, data, document.data.get("generatorOptions"))
            objects = _added(objects, KubernetesObject(file, document, generated, (key, index)), entry.get("behavior"))
    return objects


def _added(objects: list[KubernetesObject], generated: KubernetesObject, behavior: object) -> list[KubernetesObject]:
    """Return the objects with a generated one; what is merged or replaced stays in its place."""
    if behavior not in {"merge", "replace"}:
        return [*objects, generated]
    identity = (generated.api_version, generated.kind, generated.name)
    return [
        _combined(each, generated, behavior) if (each.api_version, each.kind, each.name) == identity else each
        for each in objects
    ]


def _combined(earlier: KubernetesObject, generated: KubernetesObject, behavior: object) -> KubernetesObject:
    """Return an object with a generated one merged into it, or in its place."""
    data = earlier.data.get("data") if behavior == "merge" else None
    metadata = {**earlier.metadata, **generated.metadata}
    merged = {**(data if isinstance(data, dict) else {}), **generated.data["data"]}
    return replace(generated, data={**generated.data, "metadata": metadata, "data": merged})


def _manifest(kind: str, entry: Manifest, data: Manifest, options: object) -> Manifest:
    metadata: Manifest = {"name": entry["name"]}
    if isinstance(entry.get("namespace"), str):
        metadata["namespace"] = entry["namespace"]
    for each in (options, entry.get("options")):
        for key in ("labels", "annotations"):
            if isinstance(each, dict) and isinstance(each.get(key), dict):
                metadata[key] = {**metadata.get(key, {}), **each[key]}
    manifest = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}
    return {**manifest, "type": entry.get("type") or "Opaque"} if kind == "Secret" else manifest


def _data(entry: Manifest, read_text: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield the keys and values, in Kustomize's order: of files of variables, of literals, of files."""
    said = Cursor(entry)
    files = [*said["envs"].texts(), *([entry["env"]] if isinstance(entry.get("env"), str) else [])]
    lines = [line for file in files for line in read_text(file).splitlines() if line.strip() and line[:1] != "#"]
    for line in (*lines, *said["literals"].texts()):
        name, _, value = line.partition("=")
        is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        yield name.strip(), value[1:-1] if is_quoted else value
    for file in said["files"].texts():
        name, equals, path = file.partition("=")
        yield (name, read_text(path)) if equals else (file.rpartition("/")[2], read_text(file))
