"""A file of YAML or JSON, taken apart into documents the way kubectl does it, safe against hostile input.

A document is built from the parser's events with a stack of our own: nesting costs no recursion, aliases are counted
before anything grows, and a fault in one document leaves the others readable.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct

from cdk8s_eks_gpu.manifests.builder import DEEPEST, build
from cdk8s_eks_gpu.manifests.locate import find_line, find_scalar
from cdk8s_eks_gpu.manifests.scalars import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SEPARATOR = re.compile(r"^---[ \t\r]*(?:#.*)?$", re.MULTILINE)
_BLANK = re.compile(r"(?:\s|#.*$|\.\.\.\s*$)*\Z", re.MULTILINE)
_JSON_START = re.compile(r"\s*\{")
_TAB = re.compile(" *\t")
_LOOKALIKE = re.compile("[ -]*[\u00a0\u3000]|[ -]*[\\w.-]+\uff1a")  # no-break and ideographic space, full-width colon
_BRACKET = re.compile(r"""[{}\[\]]|"(?:[^"\\]|\\.)*\"""")


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


class Document(Struct, frozen=True):
    """One YAML document of a file.

    Attributes:
        data: Dicts with string keys, lists, strings, numbers, booleans and None. Shared where the file has aliases:
            read it, never change it.
        index: Which document of the file, counted from 1; empty ones do not count.
        first_line: The line of the file on which the document begins, counted from 1.
        content: The document as it is written.
    """

    data: Any
    index: int
    first_line: int
    content: str
    _offset: int = 0

    def line(self, path: Sequence[str | int] = ()) -> int:
        """Return the line, counted from 1, of the value at the path, or of its nearest parent that is there."""
        return self.first_line - 1 + find_line(self.content, path)

    def text(self, path: Sequence[str | int]) -> str | None:
        """Return the scalar at the path as it is written, so that 1.30 is not shown as 1.3; None if there is none."""
        scalar = find_scalar(self.content, path)
        return None if scalar is None else scalar.value

    def span(self, path: Sequence[str | int]) -> tuple[int, int] | None:
        """Return where in the file the scalar at the path begins and ends, in characters; None if there is none."""
        scalar = find_scalar(self.content, path)
        if scalar is None or scalar.start_mark is None or scalar.end_mark is None:
            return None
        return self._offset + scalar.start_mark.index, self._offset + scalar.end_mark.index


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is there twice")
    return result


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _as_json(text: str) -> Any:  # noqa: ANN401 -- whatever the JSON holds
    """Return what the text holds as JSON, which kubectl takes every text for that begins with a brace.

    YAML refuses some JSON (tabs, pairs of surrogates), so the parser of YAML is asked only for what is no good JSON:
    it then says what is wrong, and on which line.

    Raises:
        ValueError: It is not JSON, has a key twice, or is nested too deep.
    """
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "{[" else -1 if bracket in "}]" else 0
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ValueError("nested too deep")
    data = json.loads(text, object_pairs_hook=_unique, parse_float=number, parse_constant=_no_constant)
    if "\\u" in text:
        json.dumps(data, ensure_ascii=False).encode()  # raises where half a surrogate pair stands alone
    return data


def _chunks(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each document's text, line and character at which it begins, cut at the separators that kubectl sees."""
    start, line = 0, 1
    for separator in _SEPARATOR.finditer(text):
        yield text[start : separator.start()], line, start
        line += text.count("\n", start, separator.end())
        start = separator.end()
    yield text[start:], line, start


@lru_cache(maxsize=512)  # overlays and copies of a CRD say the same a dozen times
def _read(chunk: str) -> tuple[list[Any], yaml.YAMLError | ValueError | None]:
    """Return the data of the documents in the text, and what is wrong with what comes after them."""
    if _JSON_START.match(chunk):
        try:
            return [_as_json(chunk)], None
        except ValueError:
            pass
    found = []
    try:
        for data in build(chunk):
            found.append(data)  # noqa: PERF402 -- those before the error count
    except (yaml.YAMLError, ValueError) as error:
        return found, error
    return found, None


def _slips(problem: str, lines: Sequence[str]) -> Iterator[str]:
    """Yield what probably went wrong at the last of the lines: YAML's own words are about tokens."""
    if any(map(_TAB.match, lines)):
        yield "indent with spaces: YAML takes no tabs"
    elif any(map(_LOOKALIKE.match, lines)):
        yield "a space or a colon here is another character that looks like it"
    elif problem in ("mapping values are not allowed in this context", "did not find expected key"):
        yield "is the indentation right? A text with ': ' in it needs quotes"


def read_documents(text: str) -> Iterator[Document | ManifestError]:
    """Yield every document of the text in its order, or the error that keeps it from being read."""
    index = 0
    for chunk, first_line, offset in _chunks(text):
        if _BLANK.match(chunk):
            continue
        index += 1
        found, error = _read(chunk)
        for data in found:
            yield Document(data, index, first_line, chunk, offset)
        if isinstance(error, yaml.MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            line = first_line + (mark.line if mark else 0)
            context = f" {error.context}" if error.context else ""
            at = line - first_line
            slips = _slips(error.problem or "", chunk.split("\n")[max(at - 1, 0) : at + 1])
            yield ManifestError("; ".join([f"{error.problem}{context}", *slips]), line, index)
        elif error is not None:
            yield ManifestError(str(error).split("\n")[0], first_line, index)
