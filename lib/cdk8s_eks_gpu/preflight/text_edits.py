"""Edits of a file as text, by which comments and the order of keys stay what they are."""

from __future__ import annotations

import codecs
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.manifests import Cursor, Document
from cdk8s_eks_gpu.manifests import Path as ObjectPath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


Edit = tuple[int, int, str]
"""Where in a file a text begins and ends, in characters, and what stands there afterwards."""


def read(file: str) -> str:
    """Return the text of a file with the ends of its lines as they are, without a byte order mark."""
    return Path(file).read_bytes().decode("utf-8-sig")


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with the edits, the last first, so that places stay what they are."""
    for start, end, new in sorted(edits, reverse=True):
        text = f"{text[:start]}{new}{text[end:]}"
    return text


def write(file: str, edits: Iterable[Edit]) -> None:
    """Write the edits into the file: whole, or not at all."""
    path = Path(file).resolve()  # a symbolic link stays one
    mark = codecs.BOM_UTF8 if path.read_bytes().startswith(codecs.BOM_UTF8) else b""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(mark + edited(read(file), edits).encode())
    new.chmod(path.stat().st_mode)
    os.replace(new, path)  # noqa: PTH105 -- atomic, on every platform


def set_scalar(document: Document, path: ObjectPath, value: str) -> Iterator[Edit]:
    """Yield the edit that writes another value where a scalar stands."""
    span = document.span(path)
    if span is not None:
        yield (*span, value)


def put_items(document: Document, text: str, path: ObjectPath, items: Sequence[str]) -> Iterator[Edit]:
    """Yield the edit that puts items in front of a list, or makes the list; what is written unusually is left alone."""
    if text.lstrip().startswith("{"):
        return  # JSON
    value = Cursor(document.data).at(*path).value
    written = _Line(text, document.line(path))
    flow = _opening(written.text, str(path[-1]), r"\[")
    if isinstance(value, list) and flow is not None:
        yield written.at(flow, ", ".join(items) + (", " if value else ""))
    elif isinstance(value, list) and value:
        first = _Line(text, document.line((*path, 0)))
        if first.text.lstrip().startswith("- "):
            yield first.at(0, "".join(f"{first.indent}- {item}{written.end}" for item in items))
    elif value is None:
        yield from _new_list(document, text, path, items)


def _new_list(document: Document, text: str, path: ObjectPath, items: Sequence[str]) -> Iterator[Edit]:
    """Yield the edit that makes a list in the mapping around it, as its first key."""
    around = Cursor(document.data).at(*path[:-1]).value
    if not isinstance(around, dict) or path[-1] in around:
        return
    line, key = _Line(text, document.line(path[:-1])), str(path[-1])
    flow = _opening(line.text, str(path[-2]), r"\{")
    if flow is not None:
        yield line.at(flow, f"{key}: [{', '.join(items)}]{', ' if around else ''}")
    elif around and re.fullmatch(rf"[\s-]*{re.escape(str(path[-2]))}:\s*(?:#.*)?", line.text):
        indent = _Line(text, document.line((*path[:-1], next(iter(around))))).indent
        listed = "".join(f"{indent}  - {item}{line.end}" for item in items)
        yield line.at(len(line.text), f"{indent}{key}:{line.end}{listed}")


def _opening(line: str, key: str, bracket: str) -> int | None:
    """Return the place behind the bracket that opens the key's value on the line."""
    match = re.match(rf"[\s-]*{re.escape(key)}:\s*{bracket}\s*", line)
    return None if match is None else match.end()


class _Line:
    """A line of a text, with the end that lines have there."""

    def __init__(self, text: str, number: int) -> None:
        lines = re.split(r"(?<=\n)", text)
        self._start = sum(map(len, lines[: number - 1]))
        self.text = lines[number - 1]
        self.indent = self.text[: len(self.text) - len(self.text.lstrip())]
        self.end = "\r\n" if self.text.endswith("\r\n") else "\n"

    def at(self, place: int, new: str) -> Edit:
        """Return the edit that puts a text at a place in the line."""
        return self._start + place, self._start + place, new
