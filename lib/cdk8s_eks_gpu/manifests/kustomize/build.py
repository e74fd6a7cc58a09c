"""A kustomization and all that it takes in, as the objects that come of it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.manifests.document import Document, read_documents
from cdk8s_eks_gpu.manifests.folder import KUSTOMIZATIONS
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject, objects_of
from cdk8s_eks_gpu.manifests.kustomize.generators import generate
from cdk8s_eks_gpu.manifests.kustomize.patches import PatchError
from cdk8s_eks_gpu.manifests.kustomize.targets import patched
from cdk8s_eks_gpu.manifests.kustomize.transformers import transformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Manifest = dict[str, Any]
_REMOTE = re.compile(r"://|^(?:github\.com|git@|gitlab\.com|bitbucket\.org)|\?ref=")
_NOT_BUILT = ("generators", "helmCharts", "helmChartInflationGenerator", "replacements", "transformers")


class _BuildError(ValueError):
    """A kustomization cannot be built here."""


class Build(Struct):
    """What comes of a kustomization.

    Attributes:
        objects: The objects, with the files and lines that they come from.
        files: The files that it takes in, patches included, as real paths.
        folders: The folders of the kustomizations that it takes in, as real paths.
        remote: The remote resources, which it is built without.
        problem: Why it could not be built, or an empty text; what it takes in is known as far as it was read.
        unsupported: What it has that is not built here, or an empty text.
    """

    objects: list[KubernetesObject] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    remote: list[str] = field(default_factory=list)
    problem: str = ""
    unsupported: str = ""


class Kustomize:
    """Builds kustomizations, each once."""

    def __init__(self, read_text: Callable[[str], str | None]) -> None:
        """Build with the texts of files; `read_text` returns None for a file that cannot be read."""
        self._read_text = read_text
        self._builds: dict[str, Build] = {}

    def build(self, folder: str) -> Build:
        """Return what comes of the kustomization in a folder."""
        folder = os.path.normpath(folder)
        if folder not in self._builds:
            self._builds[folder] = Build(problem=f"{folder} takes in itself")  # who asks before it is built is inside
            result = Build()
            try:
                result.objects = self._accumulate(folder, [], result)
            except (_BuildError, PatchError) as error:
                result.problem = str(error)
            except RecursionError:
                result.problem = f"{folder} is nested too deep"
            self._builds[folder] = result
        return self._builds[folder]

    def patch_files(self, folder: str) -> set[str]:
        """Return the files of the patches and transformers that a kustomization names, as real paths."""
        try:
            said = Cursor(self._kustomization(folder)[1].data)
        except _BuildError:
            return set()
        keys = ("patchesStrategicMerge", "transformers", "configurations")
        named = [name for key in keys for name in said[key].texts()]
        patches = (*said["patches"].objects(), *said["patchesJson6902"].objects())
        named += [path for each in patches if (path := each["path"].text())]
        return {os.path.realpath(_path(folder, name)) for name in named if "\n" not in name}

    def _accumulate(self, folder: str, objects: list[KubernetesObject], result: Build) -> list[KubernetesObject]:
        """Return the objects, and those of the kustomization, as it changes them; only a component is given some."""
        file, document = self._kustomization(folder)
        kustomization, said = document.data, Cursor(document.data)
        result.folders.add(os.path.realpath(folder))
        unsupported = (f"{folder} has {name}" for name in _NOT_BUILT if kustomization.get(name))
        result.unsupported = result.unsupported or next(unsupported, "")
        for name in (*said["resources"].texts(), *said["bases"].texts()):
            objects = [*objects, *self._resource(folder, name, result)]
        objects = generate(file, document, lambda name: self._generators_file(folder, name, result), objects)
        for name in said["components"].texts():
            objects = self._accumulate(_path(folder, name), objects, result)
        for patch, target in self._patches(folder, said, result):
            objects = patched(objects, patch, target, folder, may_fit_none=bool(result.remote))
        return transformed(objects, kustomization)

    def _kustomization(self, folder: str) -> tuple[str, Document]:
        for name in KUSTOMIZATIONS:
            file = _path(folder, name)
            text = self._read_text(file)
            if text is not None:
                break
        else:
            raise _BuildError(f"{folder} has no kustomization")
        documents = list(read_documents(text))
        document = documents[0] if len(documents) == 1 else None
        if not isinstance(document, Document) or not isinstance(document.data, dict):
            raise _BuildError(f"{folder} has no kustomization that can be read")
        return file, document

    def _resource(self, folder: str, name: str, result: Build) -> list[KubernetesObject]:
        path = _path(folder, name)
        if os.path.isdir(path):  # noqa: PTH112 -- as the user named it
            base = self.build(path)
            result.files |= base.files
            result.folders |= base.folders
            result.remote += base.remote
            result.unsupported = result.unsupported or base.unsupported
            if base.problem:
                raise _BuildError(base.problem)
            return base.objects
        if _REMOTE.search(name):
            result.remote.append(name)
            return []
        return [each for document in self._documents(path, result) for each in objects_of(path, document)]

    def _documents(self, path: str, result: Build) -> Iterator[Document]:
        text = self._read_text(path)
        if text is None:
            raise _BuildError(f"{path} is not there")
        result.files.add(os.path.realpath(path))
        for document in read_documents(text):
            if not isinstance(document, Document):
                raise _BuildError(f"{path}: {document}")
            yield document

    def _generators_file(self, folder: str, name: str, result: Build) -> str:
        """Return the text of a file that becomes a value; a Secret's is often kept out of the repository."""
        path = _path(folder, name)
        result.files.add(os.path.realpath(path))
        return self._read_text(path) or ""

    def _patches(self, folder: str, said: Cursor, result: Build) -> Iterator[tuple[Any, Manifest | None]]:
        """Yield each patch with its target; None where the patch itself names it."""
        for name in said["patchesStrategicMerge"].texts():
            is_inline = "\n" in name or name.lstrip().startswith("{")
            for patch in _inline(name) if is_inline else self._patch_file(folder, name, result):
                yield patch, None
        for entry in (*said["patches"].objects(), *said["patchesJson6902"].objects()):
            inline, path, target = entry["patch"].value, entry["path"].value, entry["target"].value
            is_inline = isinstance(inline, str) or not isinstance(path, str)
            for patch in _inline(str(inline or "")) if is_inline else self._patch_file(folder, path, result):
                yield patch, target if isinstance(target, dict) else None

    def _patch_file(self, folder: str, name: str, result: Build) -> list[Any]:
        if _REMOTE.search(name):
            result.remote.append(name)
            return []
        return [document.data for document in self._documents(_path(folder, name), result)]


def _inline(text: str) -> list[Any]:
    return [document.data for document in read_documents(text) if isinstance(document, Document)]


def _path(folder: str, name: str) -> str:
    return os.path.normpath(os.path.join(folder, name))  # noqa: PTH118 -- as the user named it
