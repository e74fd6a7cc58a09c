"""One object of a manifest: what it is, what it says, and where it stands."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.manifests.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.manifests.document import Document
    from cdk8s_eks_gpu.manifests.path import Path


class KubernetesObject(Struct, frozen=True, eq=False, dict=True):
    """An object with an `apiVersion` and a `kind`.

    Attributes:
        file: The file it was read from, as the user named it.
        document: The document that holds it.
        data: The object itself. Read it, never change it.
        prefix: Where in the document it stands: empty, or the place in a List's `items`.
        kustomization: The folder of the kustomization that it comes from, or an empty text.
    """

    file: str
    document: Document
    data: dict[str, Any]
    prefix: Path = ()
    kustomization: str = ""

    @cached_property
    def cursor(self) -> Cursor:
        """Return the object as the start of a way through it."""
        return Cursor(self.data)

    @cached_property
    def api_version(self) -> str:
        """Return the `apiVersion`, or an empty string."""
        return _text(self.data.get("apiVersion"))

    @cached_property
    def kind(self) -> str:
        """Return the `kind`, or an empty string."""
        return _text(self.data.get("kind"))

    @cached_property
    def group(self) -> str:
        """Return the API group: empty for the core group."""
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """Return `metadata`, or an empty dict when there is none that can be read."""
        metadata = self.data.get("metadata")
        return metadata if isinstance(metadata, dict) else {}

    @cached_property
    def name(self) -> str:
        """Return the name, or `generateName`, or an empty string."""
        return _text(self.metadata.get("name")) or _text(self.metadata.get("generateName"))

    @cached_property
    def namespace(self) -> str:
        """Return the namespace as it is written, or an empty string."""
        return _text(self.metadata.get("namespace"))

    @property
    def source(self) -> tuple[str, int, Path]:
        """Return where it is written: the same for what two kustomizations make of one object."""
        return self.file, self.document.index, self.prefix

    @property
    def applied_with(self) -> str:
        """Return the kustomization or folder whose objects are applied with it; alternatives stand in others."""
        return self.kustomization or self.file.rpartition("/")[0]

    def get(self, *path: str | int) -> Any:  # noqa: ANN401 -- any value of the manifest
        """Return the value at the path, or None where the path leads nowhere."""
        return self.cursor.at(*path).value

    def line(self, path: Path = ()) -> int:
        """Return the line of the file, counted from 1, on which the value at the path stands."""
        return self.document.line((*self.prefix, *path))


def distinct_names(named: Sequence[tuple[str, KubernetesObject]]) -> list[str]:
    """Return the names; one that a later object has too, which takes its place in a cluster, with where it stands.

    That is the kustomization or the file, with the line only where it has several of the name: lines change.
    """
    left = Counter(name for name, _ in named)
    places = [(name, manifest.kustomization or manifest.file) for name, manifest in named]
    in_place = Counter(places)
    distinct = []
    for (name, manifest), (_, place) in zip(named, places, strict=True):
        left[name] -= 1
        line = f":{manifest.line()}" if in_place[name, place] > 1 else ""
        distinct.append(f"{name} ({place}{line})" if left[name] else name)
    return distinct


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def objects_of(file: str, document: Document) -> Iterator[KubernetesObject]:
    """Yield the objects that a document holds; the items of a `List` one by one, as kubectl takes them.

    A document that is not a mapping holds none.
    """
    pending: list[tuple[Any, Path]] = [(document.data, ())]
    while pending:
        data, prefix = pending.pop()
        if not isinstance(data, dict):
            if prefix:  # kubectl refuses a List whose items are no objects
                yield KubernetesObject(file, document, {}, prefix)
            continue
        kind, items = data.get("kind"), data.get("items")
        if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
            pending.extend((item, (*prefix, "items", index)) for index, item in reversed(list(enumerate(items))))
        else:
            yield KubernetesObject(file, document, data, prefix)
