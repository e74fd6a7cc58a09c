"""A file of one YAML document, such as `cluster.yaml`: its data, and where in the text each value stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests.document import Document, ManifestError, read_documents
from cdk8s_eks_gpu.manifests.locate import find_line, find_scalar

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class OnlyDocument:
    """The one document of a file.

    Attributes:
        data: Dicts with string keys, lists, strings, numbers, booleans and None.
    """

    data: Any
    _source: str

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line, counted from 1, of the value at the path, or of its nearest parent that is there."""
        return find_line(self._source, path)

    def text(self, path: Sequence[str | int]) -> str | None:
        """Return the scalar at the path as it is written, so that 1.30 is not shown as 1.3; None if there is none."""
        found = find_scalar(self._source, path)
        return None if found is None else found.value

    def span(self, path: Sequence[str | int]) -> tuple[int, int] | None:
        """Return where in the text the scalar at the path begins and ends, in characters; None if there is none."""
        found = find_scalar(self._source, path)
        if found is None or found.start_mark is None or found.end_mark is None:
            return None
        return found.start_mark.index, found.end_mark.index


def read_file(path: str | Path) -> OnlyDocument:
    """Return the one YAML document of a file.

    Raises:
        ConfigError: The file cannot be read, or as `read_document`.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file in UTF-8"
        raise ConfigError(str(path), [Problem("", f"cannot be read: {reason}")]) from None
    return read_document(text, str(path))


def read_document(text: str, source: str) -> OnlyDocument:
    """Return the one YAML document that the text holds.

    Raises:
        ConfigError: It is not YAML as Kubernetes reads it, or there is more than one document.
    """
    documents = _readable(text, source)
    if len(documents) > 1:
        problem = "a second document begins here: only one is read"
        raise ConfigError(source, [Problem("", problem, documents[1].line())])
    return OnlyDocument(documents[0].data if documents else None, text)


def read_all(text: str, source: str) -> list[Any]:
    """Return the data of every YAML document in the text.

    Raises:
        ConfigError: The text is not YAML as Kubernetes reads it.
    """
    return [document.data for document in _readable(text, source)]


def _readable(text: str, source: str) -> list[Document]:
    documents = []
    for document in read_documents(text):
        if isinstance(document, ManifestError):
            raise ConfigError(source, [Problem("", f"not valid YAML: {document}", document.line)])
        documents.append(document)
    return documents
