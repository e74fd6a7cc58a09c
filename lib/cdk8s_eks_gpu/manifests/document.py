"""A file of YAML or JSON, taken apart into documents the way kubectl does it, safe against hostile input.

A document is built from the parser's events with a stack of our own: nesting costs no recursion, aliases are counted
before anything grows, and a fault in one document leaves the others readable.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from cdk8s_eks_gpu.manifests.builder import build
from cdk8s_eks_gpu.manifests.locate import find_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SEPARATOR = re.compile(r"^---[ \t\r]*(?:#.*)?$", re.MULTILINE)
_BLANK = re.compile(r"(?:\s|#.*$|\.\.\.\s*$)*\Z", re.MULTILINE)
_JSON_START = re.compile(r"\s*\{")


class ManifestError(ValueError):
    """A document cannot be read.

    Attributes:
        line: The line in the file, counted from 1.
        document: Which document of the file, counted from 1.
    """

    def __init__(self, message: str, line: int, document: int) -> None:
        """Say what is wrong at the line."""
        self.line = line
        self.document = document
        super().__init__(message)


@dataclass(frozen=True)
class Document:
    """One YAML document of a file.

    Attributes:
        data: Dicts with string keys, lists, strings, numbers, booleans and None. Shared where the file has aliases:
            read it, never change it.
        index: Which document of the file, counted from 1; empty ones do not count.
        first_line: The line of the file on which the document begins, counted from 1.
    """

    data: Any
    index: int
    first_line: int
    _text: str

    def line(self, path: Sequence[str | int] = ()) -> int:
        """Return the line, counted from 1, of the value at the path, or of its nearest parent that is there."""
        return self.first_line - 1 + find_line(self._text, path)


def _json_object(text: str) -> Any:  # noqa: ANN401 -- whatever the JSON holds
    """Return the object that the text holds as JSON; raise ValueError when it is something else.

    kubectl reads a text that begins with a brace as JSON, which allows the tabs that YAML refuses.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("a key is there twice")  # YAML finds the same, with its line
        return result

    return json.loads(text, object_pairs_hook=unique)


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """Yield each document's text and the line it begins on, cut at the separators that kubectl sees."""
    start, line = 0, 1
    for separator in _SEPARATOR.finditer(text):
        yield text[start : separator.start()], line
        line += text.count("\n", start, separator.end())
        start = separator.end()
    yield text[start:], line


def read_documents(text: str) -> Iterator[Document | ManifestError]:
    """Yield every document of the text in its order, or the error that keeps it from being read."""
    index = 0
    for chunk, first_line in _chunks(text):
        if _BLANK.match(chunk):
            continue
        index += 1
        if "\t" in chunk and _JSON_START.match(chunk):
            try:
                yield Document(_json_object(chunk), index, first_line, chunk)
            except (ValueError, RecursionError):
                pass
            else:
                continue
        try:
            for data in build(chunk):
                yield Document(data, index, first_line, chunk)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = first_line + (mark.line if mark else 0)
            context = f" {error.context}" if error.context else ""
            yield ManifestError(f"{error.problem}{context}", line, index)
        except (yaml.YAMLError, ValueError) as error:
            yield ManifestError(str(error).split("\n")[0], first_line, index)
