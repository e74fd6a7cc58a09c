"""Where in a text a value stands. Asked only for what is reported, so reading pays nothing for it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from cdk8s_eks_gpu.manifests.builder import LOADER, key_text, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def find_line(text: str, path: Sequence[str | int]) -> int:
    """Return the line, counted from 1, of the value at the path, or of its nearest parent that is there.

    The value of a mapping is found at its key. What comes in through an alias or a merge is found at the alias.
    """
    lines = _lines(text)
    wanted = tuple(path)
    while wanted and wanted not in lines:
        wanted = wanted[:-1]
    return lines.get(wanted, 1)


def find_scalar(text: str, path: Sequence[str | int]) -> yaml.ScalarEvent | None:
    """Return the parser's event of the scalar at the path of the first document, or None if no scalar stands there."""
    wanted = tuple(path)
    try:
        found = next((event for place, _, event in _places(text) if place == wanted), None)
    except yaml.YAMLError:
        return None
    return found if isinstance(found, yaml.ScalarEvent) else None


@lru_cache(maxsize=4)  # the findings of one document come one after the other
def _lines(text: str) -> Mapping[tuple[str | int, ...], int]:
    lines: dict[tuple[str | int, ...], int] = {}
    try:
        for path, line, _ in _places(text):
            lines.setdefault(path, line)
    except yaml.YAMLError:  # JSON that YAML does not take: what was found so far must do
        pass
    return lines


def _places(text: str) -> Iterator[tuple[tuple[str | int, ...], int, yaml.NodeEvent]]:
    """Yield the path, the line and the event of every value of the first document in the text."""
    # For each open container: its path, the key or index of the value that comes next, and the line of that key.
    stack: list[tuple[tuple[str | int, ...], str | int | None, int]] = []
    parser = LOADER(text)
    while (event := parser.get_event()) is not None:
        if isinstance(event, yaml.DocumentEndEvent):
            return
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        if not isinstance(event, yaml.NodeEvent):
            continue
        path: tuple[str | int, ...] = ()
        line = _line(event)
        if stack:
            around, key, at = stack[-1]
            if key is None:
                stack[-1] = (around, key_text(scalar(event)) if isinstance(event, yaml.ScalarEvent) else "", line)
                continue
            path, line = (*around, key), at if isinstance(key, str) else line
            stack[-1] = (around, key + 1 if isinstance(key, int) else None, 0)
        yield path, line, event
        if isinstance(event, yaml.CollectionStartEvent):
            stack.append((path, None if isinstance(event, yaml.MappingStartEvent) else 0, 0))


def _line(event: Any) -> int:  # noqa: ANN401 -- events of either parser
    return int(event.start_mark.line) + 1
