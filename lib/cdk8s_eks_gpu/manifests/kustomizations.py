"""The kustomizations of some folders: those that no other takes in are built, as `kubectl apply -k` would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from cdk8s_eks_gpu.manifests.document import Document, read_documents
from cdk8s_eks_gpu.manifests.folder import KUSTOMIZATIONS, NotChecked
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject, objects_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cdk8s_eks_gpu.manifests.kustomize import Build
    from cdk8s_eks_gpu.manifests.path import Path

KUSTOMIZATION = "kustomization"
_REMOTE_RESOURCE = "remote resource"
_UNUSED_PATCH = "unused patch"
_SECONDS = 60
_COMPONENT = re.compile(r"^kind:\s*[\"']?Component\b", re.MULTILINE)
_YAML_COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
_NAMED_PATCH = re.compile(r"patch", re.IGNORECASE)


class Built(Struct):
    """What comes of several kustomizations.

    Attributes:
        objects: Their objects, each once.
        folders: The folders of those that were built.
        not_checked: What could not be built, and the remote resources that were left out.
    """

    objects: list[KubernetesObject] = field(default_factory=list)
    folders: tuple[str, ...] = ()
    not_checked: list[NotChecked] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _beside: set[str] = field(default_factory=set)

    def takes(self, file: str) -> bool:
        """Return whether a file is a part of a kustomization, and so not applied by itself."""
        real = os.path.realpath(file)
        if real in self._taken:
            return True
        folder = next((each for each in self._beside if real.startswith(f"{each}{os.sep}")), None)
        is_patch = folder is not None and _NAMED_PATCH.search(real[len(folder) :]) is not None
        if is_patch:
            self.not_checked.append(NotChecked(_UNUSED_PATCH, file))
        return is_patch


def build_all(folders: Sequence[str], read_text: Callable[[str], str | None]) -> Built:
    """Return what comes of the kustomizations in the folders; those that others take in are built with these."""
    if not folders:
        return Built()
    from cdk8s_eks_gpu.manifests.kustomize import Kustomize  # noqa: PLC0415 -- most manifests have no kustomization

    kustomize = Kustomize(read_text)
    builds = {folder: kustomize.build(folder) for folder in folders if not _is_component(folder, read_text)}
    inner = {path for folder, each in builds.items() for path in each.folders - {os.path.realpath(folder)}}
    result = Built(_beside={os.path.realpath(folder) for folder in folders})
    for folder in folders:  # those of a component that none takes in, and of what cannot be built, too
        result._taken |= kustomize.patch_files(folder)  # noqa: SLF001 -- our own
    built = []
    seen: dict[tuple[str, int, Path], list[dict[str, Any]]] = {}
    for folder, each in builds.items():
        if os.path.realpath(folder) in inner:
            continue
        result._taken |= each.files  # noqa: SLF001 -- our own
        problem = each.problem or each.unsupported
        objects = _by_kubectl(folder, each, read_text) if problem else each.objects
        if objects is None:
            result.not_checked.append(NotChecked(KUSTOMIZATION, folder, problem))
            continue
        built.append(folder)
        result.not_checked += [NotChecked(_REMOTE_RESOURCE, name) for name in each.remote]
        for manifest in objects:
            # What several overlays make of one object without a change is checked once.
            alike = seen.setdefault(manifest.source, [])
            if manifest.data not in alike:
                alike.append(manifest.data)
                result.objects.append(replace(manifest, kustomization=folder))
    result.folders = tuple(built)
    return result


def _by_kubectl(folder: str, build: Build, read_text: Callable[[str], str | None]) -> list[KubernetesObject] | None:
    """Return what kubectl makes of the kustomization; None where there is no kubectl, or it refuses."""
    kubectl = shutil.which("kubectl")
    if kubectl is None or any(_is_remote(each, read_text) for each in (folder, *sorted(build.folders))):
        return None
    try:
        done = subprocess.run(  # noqa: S603 -- a program and arguments of our own
            [kubectl, "kustomize", folder], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    file = os.path.join(folder, KUSTOMIZATIONS[0])  # noqa: PTH118 -- as the user named it
    documents = (each for each in read_documents(done.stdout) if isinstance(each, Document))
    # A built object has no line in any file.
    return [
        KubernetesObject(file, Document(each.data, number, 1, ""), each.data)
        for number, document in enumerate(documents, start=1)
        for each in objects_of(file, document)
    ]


def _is_remote(folder: str, read_text: Callable[[str], str | None]) -> bool:
    """Return whether kubectl would need the network."""
    text = _YAML_COMMENT.sub("", _kustomization_text(folder, read_text))
    return any(word in text for word in ("://", "?ref=", "github.com", "helmCharts"))


def _is_component(folder: str, read_text: Callable[[str], str | None]) -> bool:
    return _COMPONENT.search(_kustomization_text(folder, read_text)) is not None


def _kustomization_text(folder: str, read_text: Callable[[str], str | None]) -> str:
    texts = (read_text(os.path.join(folder, name)) for name in KUSTOMIZATIONS)  # noqa: PTH118 -- as the user named it
    return next((text for text in texts if text is not None), "")
