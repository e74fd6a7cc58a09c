"""A kustomization and all that it takes in, as the objects that come of it."""

from __future__ import annotations

import os
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from cdk8s_eks_gpu.manifests.document import Document, read_documents
from cdk8s_eks_gpu.manifests.folder import KUSTOMIZATIONS
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject, objects_of
from cdk8s_eks_gpu.manifests.kustomize.generators import generate
from cdk8s_eks_gpu.manifests.kustomize.patches import PatchError, json_patch, strategic_merge
from cdk8s_eks_gpu.manifests.kustomize.references import follow
from cdk8s_eks_gpu.manifests.kustomize.transformers import transform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Manifest = dict[str, Any]
_REMOTE = re.compile(r"://|^(?:github\.com|git@|gitlab\.com|bitbucket\.org)|\?ref=")
_NOT_BUILT = ("generators", "helmCharts", "helmChartInflationGenerator", "replacements", "transformers")
_DEEPEST = 20


class KustomizeError(ValueError):
    """A kustomization cannot be built here."""


class Build(Struct):
    """What comes of a kustomization.

    Attributes:
        objects: The objects, with the files and lines that they come from.
        files: The files that it takes in, patches included, as real paths.
        folders: The folders of the kustomizations that it takes in, as real paths.
        remote: The remote resources, which it is built without.
        problem: Why it could not be built, or an empty text; what it takes in is known as far as it was read.
    """

    objects: list[KubernetesObject] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    remote: list[str] = field(default_factory=list)
    problem: str = ""


def build(folder: str, read_text: Callable[[str], str | None]) -> Build:
    """Return what comes of the kustomization in a folder; `read_text` returns None for a file that cannot be read."""
    result = Build()
    builder = _Builder(read_text, result)
    try:
        builder.take_in(folder, 0)
    except KustomizeError as error:
        result.problem = str(error)
    except RecursionError:
        result.problem = f"{folder} is nested too deep"
    result.problem = result.problem or builder.unsupported
    return result


class _Builder:
    def __init__(self, read_text: Callable[[str], str | None], result: Build) -> None:
        self._read_text = read_text
        self._result = result
        self.unsupported = ""

    def take_in(self, folder: str, depth: int) -> None:
        """Add the objects of the kustomization in the folder, and change them as it says."""
        if depth > _DEEPEST:
            raise KustomizeError(f"{folder} takes in itself")
        file, document = self._kustomization(folder)
        kustomization = document.data
        self._result.folders.add(os.path.realpath(folder))
        before = len(self._result.objects)
        for name in _texts(kustomization, "resources", "bases"):
            self._resource(folder, name, depth)
        own = self._result.objects[before:]
        own = [replace(each, data=deepcopy(each.data)) for each in own]
        own = generate(file, document, lambda name: self._generators_file(folder, name), own)
        self._result.objects[before:] = own
        for name in _texts(kustomization, "components"):
            self._component(folder, name, depth, before)
        patched = self._patched(self._result.objects[before:], folder, kustomization)
        self._result.objects[before:] = _transformed(patched, kustomization)

    def _generators_file(self, folder: str, name: str) -> str:
        """Return the text of a file that becomes a value; a Secret's is often kept out of the repository."""
        path = _path(folder, name)
        self._result.files.add(os.path.realpath(path))
        return self._read_text(path) or ""

    def _kustomization(self, folder: str) -> tuple[str, Document]:
        for name in KUSTOMIZATIONS:
            file = os.path.join(folder, name)  # noqa: PTH118 -- as the user named it
            text = self._read_text(file)
            if text is not None:
                break
        else:
            raise KustomizeError(f"{folder} has no kustomization")
        documents = list(read_documents(text))
        document = documents[0] if len(documents) == 1 else None
        if not isinstance(document, Document) or not isinstance(document.data, dict):
            raise KustomizeError(f"{folder} has no kustomization that can be read")
        for name in _NOT_BUILT:
            if document.data.get(name):
                self.unsupported = self.unsupported or f"{folder} has {name}"
        return file, document

    def _component(self, folder: str, name: str, depth: int, before: int) -> None:
        """Let a component add to the objects so far, and change all of them."""
        path = _path(folder, name)
        objects = self._result.objects
        earlier, so_far = objects[:before], objects[before:]
        self._result.objects = []
        file, document = self._kustomization(path)
        kustomization = document.data
        self._result.folders.add(os.path.realpath(path))
        for resource in _texts(kustomization, "resources"):
            self._resource(path, resource, depth)
        added = [replace(each, data=deepcopy(each.data)) for each in self._result.objects]
        objects = [*so_far, *added]
        self._result.objects = generate(file, document, lambda each: self._generators_file(path, each), objects)
        for inner in _texts(kustomization, "components"):
            self._component(path, inner, depth + 1, 0)
        changed = self._patched(self._result.objects, path, kustomization)
        self._result.objects = [*earlier, *_transformed(changed, kustomization)]

    def _resource(self, folder: str, name: str, depth: int) -> None:
        path = _path(folder, name)
        if os.path.isdir(path):  # noqa: PTH112 -- as the user named it
            self.take_in(path, depth + 1)
        elif _REMOTE.search(name):
            self._result.remote.append(name)
        else:
            self._result.objects += self._objects(path)

    def _documents(self, path: str) -> Iterator[Document]:
        text = self._read_text(path)
        if text is None:
            raise KustomizeError(f"{path} is not there")
        self._result.files.add(os.path.realpath(path))
        for document in read_documents(text):
            if not isinstance(document, Document):
                raise KustomizeError(f"{path}: {document}")
            yield document

    def _objects(self, path: str) -> Iterator[KubernetesObject]:
        for document in self._documents(path):
            yield from objects_of(path, document)

    def _patched(self, objects: list[KubernetesObject], folder: str, kustomization: Manifest) -> list[KubernetesObject]:
        for patch, target in self._patches(folder, kustomization):
            if not isinstance(patch, dict | list):
                continue
            matching = [each for each in objects if _matches(each, patch, target)]
            if not matching and target is None and not self._result.remote:
                raise KustomizeError(f"{folder}: a patch fits no object")
            changed = []
            for each in objects:
                data = _apply(each, patch, folder) if each in matching else each.data
                if data is not None:
                    changed.append(each if data is each.data else replace(each, data=data))
            objects = changed
        return objects

    def _patches(self, folder: str, kustomization: Manifest) -> Iterator[tuple[Any, Manifest | None]]:
        """Yield each patch with its target; None where the patch itself names it."""
        for entry in _list(kustomization, "patchesStrategicMerge"):
            if isinstance(entry, str):
                is_inline = "\n" in entry or entry.lstrip().startswith("{")
                for patch in _inline(entry) if is_inline else self._patch_file(folder, entry):
                    yield patch, None
        for entry in (*_list(kustomization, "patches"), *_list(kustomization, "patchesJson6902")):
            if not isinstance(entry, dict):
                continue
            target = entry.get("target") if isinstance(entry.get("target"), dict) else None
            inline, path = entry.get("patch"), entry.get("path")
            if isinstance(inline, str) or not isinstance(path, str):
                patches = _inline(str(inline or ""))
            else:
                patches = self._patch_file(folder, path)
            for patch in patches:
                yield patch, target

    def _patch_file(self, folder: str, name: str) -> list[Any]:
        if _REMOTE.search(name):
            self._result.remote.append(name)
            return []
        return [document.data for document in self._documents(_path(folder, name))]


def _transformed(objects: list[KubernetesObject], kustomization: Manifest) -> list[KubernetesObject]:
    """Return the objects as the kustomization changes them, references to what it renames among that."""
    before = [(each.kind, each.name) for each in objects]
    for each in objects:
        transform(each.data, kustomization)
    # What an object says of itself is worked out once: it has changed.
    changed = [replace(each) for each in objects]
    renamed = {old: new.name for old, new in zip(before, changed, strict=True) if old[1] != new.name}
    for each in changed if renamed else ():
        follow(each.data, renamed)
    return changed


def _inline(text: str) -> list[Any]:
    return [document.data for document in read_documents(text) if isinstance(document, Document)]


def _apply(each: KubernetesObject, patch: Manifest | list[Any], folder: str) -> Manifest | None:
    try:
        if isinstance(patch, list):
            return json_patch(each.data, patch)
    except PatchError as error:
        raise KustomizeError(f"{folder}: {error}") from None
    # With a target, the patch may name any object: the target's name stays.
    identity = {key: value for key, value in patch.items() if key not in {"apiVersion", "kind", "metadata"}}
    metadata = patch.get("metadata")
    if isinstance(metadata, dict):
        identity["metadata"] = {key: value for key, value in metadata.items() if key not in {"name", "namespace"}}
    return strategic_merge(each.data, identity)


def _matches(each: KubernetesObject, patch: Manifest | list[Any], target: Manifest | None) -> bool:
    if target is not None:
        wanted = {
            "group": each.group,
            "version": each.api_version.rpartition("/")[2],
            "kind": each.kind,
            "name": each.name,
            "namespace": each.namespace,
        }
        return all(
            re.fullmatch(str(target[key]), value) is not None for key, value in wanted.items() if target.get(key)
        ) and all(
            _selects(str(target[key]), each.metadata.get(field))
            for key, field in (("labelSelector", "labels"), ("annotationSelector", "annotations"))
            if target.get(key)
        )
    if not isinstance(patch, dict):
        return False
    named = KubernetesObject("", each.document, patch)
    same = (named.kind, named.name) == (each.kind, each.name) and named.group == each.group
    return same and named.namespace in {"", each.namespace}


def _selects(selector: str, labels: Any) -> bool:  # noqa: ANN401 -- any YAML
    """Return whether a selector of `key=value` and `key` fits."""
    found = labels if isinstance(labels, dict) else {}
    terms = (term.strip().replace("==", "=").partition("=") for term in selector.split(","))
    return all(found.get(key) == value if equals else key in found for key, equals, value in terms)


def _path(folder: str, name: str) -> str:
    return os.path.normpath(os.path.join(folder, name))  # noqa: PTH118 -- as the user named it


def _list(kustomization: Manifest, key: str) -> list[Any]:
    value = kustomization.get(key)
    return value if isinstance(value, list) else []


def _texts(kustomization: Manifest, *keys: str) -> list[str]:
    return [item for key in keys for item in _list(kustomization, key) if isinstance(item, str)]
