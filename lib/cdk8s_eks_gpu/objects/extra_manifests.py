"""A user's own YAML files -> objects that are written and checked beside ours."""

from __future__ import annotations

from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.errors import ExtraManifestsError
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.manifests import KubernetesObject, Sources, path_text, read_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ExtraManifest(Struct, frozen=True):
    """An object of a user's own.

    Attributes:
        manifest: The object.
        source: The object with the file that it comes from, as the configuration names it.
    """

    manifest: dict[str, Any]
    source: KubernetesObject

    @property
    def place(self) -> str:
        """Where it stands: the file and the line."""
        return f"{self.source.file}:{self.source.line()}"


def read_extra_manifests(paths: Sequence[str]) -> list[ExtraManifest]:
    """Read files of manifests, in the order of the paths; the items of a List come one by one.

    Args:
        paths: Files, folders (their YAML and JSON files, subfolders too) and patterns (`jobs/*.yaml`).

    Raises:
        ExtraManifestsError: A path matches no file, or a file holds what is no object. All problems are in it.
    """
    problems: list[str] = []
    files: dict[str, None] = {}
    for path in paths:
        found = _files(path)
        if not found:
            problems.append(_missing(path))
        files |= dict.fromkeys(found)
    sources = read_paths(files)
    problems += _problems(sources)
    if problems:
        raise ExtraManifestsError("\n".join(problems))
    return [ExtraManifest(each.data, each) for each in sources.objects]


def _files(path: str) -> list[str]:
    if has_magic(path):
        return sorted(glob(path, recursive=True))  # noqa: PTH207 -- a path without a folder, or an absolute one
    return [path] if Path(path).exists() else []


def _missing(path: str) -> str:
    if has_magic(path):
        return f"extra manifests: {path}: no file matches"
    folder = Path(path).parent
    known = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    return f"extra manifests: {path}: no such file or folder{did_you_mean(Path(path).name, known)}"


def _problems(sources: Sources) -> Iterator[str]:
    for fault in sources.unreadable:
        template = ": render the template first" if fault.is_template else ""
        yield f"{fault.file}:{fault.line}: {fault.reason}{template}"
    for file, documents in sources.others.items():
        for document in documents:
            yield f"{file}:{document.line()}: is no Kubernetes object: it needs apiVersion, kind and metadata.name"
    seen: dict[tuple[str, str, str, str], str] = {}
    for each in sources.objects:
        place = f"{each.file}:{each.line()}"
        missing = [name for name, value in _identity(each) if not value]
        if missing:
            yield f"{place}: lacks {' and '.join(missing)}"
            continue
        yield from _no_texts(each)
        first = seen.setdefault((each.group, each.kind, each.namespace, each.name), place)
        if first != place:
            yield f"{place}: {each.kind}/{each.name} is at {first} already"


def _no_texts(each: KubernetesObject) -> Iterator[str]:
    """Yield what of the labels and annotations is no text, which cdk8s refuses to take."""
    for key in ("labels", "annotations"):
        values = each.metadata.get(key)
        if values is not None and not isinstance(values, dict):
            yield f"{each.file}:{each.line(('metadata', key))}: metadata.{key} must be a mapping (key: value)"
        for name, value in values.items() if isinstance(values, dict) else ():
            if not isinstance(value, str):
                place = f"{each.file}:{each.line(('metadata', key, name))}"
                yield f"{place}: {path_text(('metadata', key, name))} must be a string: put it in quotes"


def _identity(each: KubernetesObject) -> tuple[tuple[str, object], ...]:
    name = each.metadata.get("name")
    return (
        ("apiVersion", each.api_version),
        ("kind", each.kind),
        ("metadata.name (a generated name cannot be applied)", name if isinstance(name, str) else None),
    )
