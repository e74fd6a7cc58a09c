"""From paths to objects: which files a path stands for, and what is in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cdk8s_eks_gpu.errors import NoSuchPathError
from cdk8s_eks_gpu.manifests.document import Document, ManifestError, read_documents
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject, objects_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
LARGEST = 64 * 1024 * 1024
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


def files_of(paths: Iterable[str]) -> Iterator[str]:
    """Yield the files that the paths stand for: a file itself, a folder's YAML and JSON files in the order of names.

    Hidden folders are passed over, symbolic links to folders too.

    Raises:
        NoSuchPathError: A path is not there.
    """
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 -- the path is reported as the user wrote it
            if not os.path.exists(path):  # noqa: PTH110
                raise NoSuchPathError(f"{path}: no such file or folder.")
            yield path
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and name not in _PASSED_OVER)
            for name in sorted(names):
                if Path(name).suffix in SUFFIXES:
                    yield os.path.join(folder, name)  # noqa: PTH118 -- pathlib would drop a leading `./`


def read_text(file: str) -> str | Unreadable:
    """Return the text of a file, or why there is none."""
    try:
        path = Path(file)
        if not path.is_file():
            return Unreadable(file, 1, 0, "is no regular file, or is gone")
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


def read_manifests(file: str, text: str) -> Iterator[KubernetesObject | Unreadable | Document]:
    """Yield what a text holds, in its order; `file` is what it is called in reports.

    A document comes as itself when it is no Kubernetes object: of `apiVersion`, `kind` and
    `metadata` it has one at most.
    """
    for document in read_documents(text):
        if isinstance(document, ManifestError):
            yield Unreadable(file, document.line, document.document, str(document), is_template="{{" in text)
            continue
        held = False
        for found in objects_of(file, document):
            # Helm's Chart.yaml has an `apiVersion`, and many a values file has a `kind`.
            if found.prefix or sum(key in found.data for key in ("apiVersion", "kind", "metadata")) > 1:
                held = True
                yield found
        if not held and document.data is not None:
            yield document
