"""YAML as Kubernetes reads it, with the line of every value.

`yaml.safe_load` follows YAML 1.1 further than Kubernetes does: it turns `12:30` into a number and `2025-01-01` into a
date, and lets the last of two equal keys win. Kubernetes (sigs.k8s.io/yaml) keeps both as strings and refuses the keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml: same answers, slower.
    from yaml import SafeLoader  # type: ignore[assignment]

from cdk8s_eks_gpu.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEEPEST = 200

_INT = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
)
_REPLACED = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}


class _Loader(SafeLoader):
    """A safe loader with the scalars of Kubernetes and without duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- PyYAML's signature
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            if key_node.tag != "tag:yaml.org,2002:str":
                raise yaml.MarkedYAMLError(
                    problem=f"key {key!r} is not a string: put it in quotes", problem_mark=key_node.start_mark
                )
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"key {key!r} is there twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _REPLACED]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


@dataclass(frozen=True)
class Document:
    """A YAML document: its data, and where in the text each value stands.

    Attributes:
        data: The document as dicts, lists, strings, numbers, booleans and None.
    """

    data: Any
    _node: yaml.Node | None

    def line(self, path: Iterable[str | int]) -> int:
        """Return the line, counted from 1, of the value at the path, or of its nearest parent that is there."""
        node, line = self._node, 0
        for part in path:
            entry = _entry(node, part)
            if entry is None:
                break
            mark, node = entry
            line = mark.line
        return line + 1

    def text(self, path: Iterable[str | int]) -> str | None:
        """Return the scalar at the path as it is written, so that 1.30 is not shown as 1.3; None if there is none."""
        node = self._scalar(path)
        return None if node is None else node.value

    def span(self, path: Iterable[str | int]) -> tuple[int, int] | None:
        """Return where in the text the scalar at the path begins and ends, in characters; None if there is none."""
        node = self._scalar(path)
        return None if node is None else (node.start_mark.index, node.end_mark.index)

    def _scalar(self, path: Iterable[str | int]) -> yaml.ScalarNode | None:
        node = self._node
        for part in path:
            entry = _entry(node, part)
            node = entry[1] if entry else None
        return node if isinstance(node, yaml.ScalarNode) else None


def _entry(node: yaml.Node | None, part: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark, node.value[part]
    return None


def read_file(path: str | Path) -> Document:
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


def read_document(text: str, source: str) -> Document:
    """Return the one YAML document that the text holds.

    Raises:
        ConfigError: It is not YAML, has more than one document, or a key that is there twice or is not a string.
    """
    try:
        _refuse_deep_nesting(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        context = f" ({error.context})" if error.context else ""
        raise ConfigError(source, [Problem("", f"not valid YAML: {error.problem}{context}", line)]) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: digits that are no number, as in 0o9
        raise ConfigError(source, [Problem("", f"not valid YAML: {error}")]) from None
    return Document(data, node)


def _refuse_deep_nesting(text: str) -> None:
    """Count before anything recurses: libyaml's C code would overflow its stack, and take Python with it."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            mark = event.start_mark
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=mark)  # type: ignore[arg-type] # C's mark


def read_documents(text: str, source: str) -> list[Any]:
    """Return the data of every YAML document in the text, empty ones left out.

    Raises:
        ConfigError: The text is not YAML.
    """
    try:
        _refuse_deep_nesting(text)
        return [data for data in yaml.load_all(text, _Loader) if data is not None]
    except yaml.YAMLError as error:
        raise ConfigError(source, [Problem("", f"not valid YAML: {error}")]) from None
