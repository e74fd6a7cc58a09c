"""Slots: the places in a chart's objects that typed options fill, written `${nodeSelector}`.

A slot is named for the chart value that fills it. What a template does with a value that is not set, filling does too:
the field, or the item of the list, is left out.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NULL: Final = "|null"
"""Behind a slot's name: where nothing fills it, the field is there and null."""

DIGEST: Final = "sha256:"
"""Before a text's name: the slot is filled with the digest of that text, its own slots filled."""

_SLOT = re.compile(r"\$\{([^}]+)\}")
_ABSENT: Final = object()


def slot(name: str) -> str:
    """Return the slot of that name as it stands in an object."""
    return f"${{{name}}}"


def slot_name(value: object) -> str | None:
    """Return the name of the slot that the value is, or None if it is something else."""
    match = _SLOT.fullmatch(value) if isinstance(value, str) and value.startswith("${") else None
    return match[1] if match else None


def fill(manifest: dict[str, Any], slots: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the manifest with its slots filled.

    Args:
        manifest: An object with slots.
        slots: What fills them, by name. None and empty values leave their places out.
        texts: The texts whose digests the object has, with slots of their own.
    """
    return _Filling(slots, texts).mapping(manifest)


class _Filling:
    def __init__(self, slots: Mapping[str, Any], texts: Mapping[str, str]) -> None:
        self._slots = slots
        self._texts = texts

    def mapping(self, node: dict[str, Any]) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for key, child in node.items():
            name = slot_name(key)
            if name is not None:
                filled.update(_as_written(self._slots.get(name) or {}))
                continue
            value = self._value(child)
            if value is not _ABSENT:
                filled[key] = value
        return filled

    def _value(self, node: Any) -> Any:  # noqa: ANN401 -- any part of a manifest
        if isinstance(node, dict):
            return self.mapping(node)
        if isinstance(node, list):
            return list(self._items(node))
        if isinstance(node, str) and "${" in node:
            name = slot_name(node)
            return self._text(node) if name is None else self._slot(name)
        return node

    def _items(self, nodes: list[Any]) -> Iterable[Any]:
        for node in nodes:
            value = self._value(node)
            if slot_name(node) is not None:
                yield from value if isinstance(value, list) else ()
            elif not (isinstance(node, dict) and "value" in node and "value" not in value):
                yield value  # what is left out is an environment variable without a value

    def _slot(self, name: str) -> Any:  # noqa: ANN401 -- any part of a manifest
        if name.startswith(DIGEST):
            return sha256(self._text(self._texts[name.removeprefix(DIGEST)]).encode()).hexdigest()
        value = self._slots.get(name.removesuffix(NULL))
        if value is not None and value not in ("", {}, []):
            return _as_written(value)
        return None if name.endswith(NULL) else _ABSENT

    def _text(self, text: str) -> str:
        return _SLOT.sub(lambda match: str(self._slots.get(match[1], match[0])), text)


def _as_written(value: Any) -> Any:  # noqa: ANN401 -- any part of a manifest
    """Return a copy of the value with its keys in the order in which Helm writes them."""
    if isinstance(value, dict):
        return {key: _as_written(value[key]) for key in sorted(value)}
    return [_as_written(item) for item in value] if isinstance(value, list) else value
