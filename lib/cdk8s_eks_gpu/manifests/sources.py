"""From paths to objects: which files a path stands for, and what is in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cdk8s_eks_gpu.errors import NoSuchPathError
from cdk8s_eks_gpu.manifests.document import Document, ManifestError, read_documents
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject, objects_of
from cdk8s_eks_gpu.manifests.templates import is_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
LARGEST = 64 * 1024 * 1024
STDIN = "-"
# What folders hold that is no manifest, however it ends.
_PASSED_OVER = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True)
class Unreadable:
    """A file, or a document of it, that cannot be read.

    Attributes:
        file: The file, as the user named it.
        line: The line that is at fault, counted from 1.
        document: The document that is at fault, counted from 1; 0 for the whole file.
        reason: What is wrong.
        is_template: Whether it is a template, such as Helm's, that becomes a manifest only when it is rendered.
    """

    file: str
    line: int
    document: int
    reason: str
    is_template: bool = False


@dataclass(frozen=True)
class Sources:
    """What files hold.

    Attributes:
        files: The files, as the user named them, in their order.
        objects: The Kubernetes objects, in the order of the files; those of a List one by one.
        others: By file, the documents that are no Kubernetes objects: of `apiVersion`, `kind` and `metadata` they have
            one at most.
        unreadable: The files and documents that cannot be read.
    """

    files: tuple[str, ...]
    objects: tuple[KubernetesObject, ...]
    others: Mapping[str, tuple[Document, ...]]
    unreadable: tuple[Unreadable, ...]


def read_paths(paths: Iterable[str], stdin: IO[bytes] | None = None) -> Sources:
    """Return what is in files and folders; the path `-` stands for `stdin`, where that is given.

    Raises:
        NoSuchPathError: A path is not there.
    """
    texts: dict[str, str | Unreadable] = {}
    for path in paths:
        if path == STDIN and stdin is not None:
            texts[path] = read_stream(stdin, path)
        else:
            texts.update((file, read_text(file)) for file in files_of(path))
    return read_texts(texts)


def read_texts(texts: Mapping[str, str | Unreadable]) -> Sources:
    """Return what is in texts, given by the names that they have in reports."""
    objects: list[KubernetesObject] = []
    unreadable: list[Unreadable] = []
    others: dict[str, tuple[Document, ...]] = {}
    for file, text in texts.items():
        if isinstance(text, Unreadable):
            unreadable.append(text)
            continue
        for document in read_documents(text):
            if isinstance(document, ManifestError):
                fault = Unreadable(file, document.line, document.document, str(document), is_template(text))
                unreadable.append(fault)
            elif held := [item for item in objects_of(file, document) if item.prefix or _is_object(item)]:
                objects += held
            elif document.data is not None:
                others[file] = (*others.get(file, ()), document)
    return Sources(tuple(texts), tuple(objects), others, tuple(unreadable))


def _is_object(item: KubernetesObject) -> bool:
    # Helm's Chart.yaml has an `apiVersion`, and many a values file has a `kind`.
    return sum(key in item.data for key in ("apiVersion", "kind", "metadata")) > 1


def files_of(path: str) -> Iterator[str]:
    """Yield the files that a path stands for: a file itself, a folder's YAML and JSON files in the order of names.

    Hidden folders are passed over, symbolic links to folders too.

    Raises:
        NoSuchPathError: The path is not there.
    """
    if not os.path.isdir(path):  # noqa: PTH112 -- the path is reported as the user wrote it
        if not os.path.exists(path):  # noqa: PTH110
            raise NoSuchPathError(f"{path}: no such file or folder.")
        yield path
        return
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and name not in _PASSED_OVER)
        for name in sorted(names):
            if Path(name).suffix in SUFFIXES:
                yield os.path.join(folder, name)  # noqa: PTH118 -- pathlib would drop a leading `./`


def read_text(file: str) -> str | Unreadable:
    """Return the text of a file, or why there is none."""
    try:
        path = Path(file)
        if path.exists() and not path.is_file():
            return Unreadable(file, 1, 0, "is no regular file")
        with path.open("rb") as stream:
            return read_stream(stream, file)
    except OSError as error:
        return Unreadable(file, 1, 0, error.strerror or str(error))


def read_stream(stream: IO[bytes], file: str) -> str | Unreadable:
    """Return the text of an open stream, or why there is none; `file` is what it is called in reports."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        return Unreadable(file, 1, 0, f"is larger than {LARGEST // 1024**2} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Unreadable(file, 1, 0, f"is not text in UTF-8 (byte {error.start})")
