"""A file of one YAML document, such as `cluster.yaml`, and other YAML that is no Kubernetes manifest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests.document import Document, ManifestError, read_documents
from cdk8s_eks_gpu.manifests.sources import STDIN, Unreadable, missing_hint, read_stream, read_text


def read_file(path: str | Path) -> Document:
    """Return the one YAML document of a file; `-` is standard input.

    Raises:
        ConfigError: The file cannot be read, or as `read_document`.
    """
    text = read_stream(sys.stdin.buffer, STDIN) if str(path) == STDIN else read_text(str(path))
    if isinstance(text, Unreadable):
        hint = "" if Path(path).exists() else missing_hint(str(path))
        raise ConfigError(str(path), [Problem("", f"cannot be read: {text.reason}{hint}")])
    return read_document(text, str(path))


def read_document(text: str, source: str) -> Document:
    """Return the one YAML document that the text holds; its data is None where there is nothing.

    Raises:
        ConfigError: It is not YAML as Kubernetes reads it, or there is more than one document.
    """
    documents = _readable(text, source)
    if len(documents) > 1:
        problem = "a second document begins here: only one is read"
        raise ConfigError(source, [Problem("", problem, documents[1].line())])
    return documents[0] if documents else Document(None, 1, 1, text)


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
