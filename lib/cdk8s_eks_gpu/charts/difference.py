"""What changes between two lists of objects, by object and field, for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from cdk8s_eks_gpu.charts.patches import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MISSING: Final = object()
_LENGTH = 80
"""How much of a value is shown."""


def differences(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each object that comes or goes, and for each field that another value has.

    Lists of objects with names are compared by name; other lists by what is in them.
    """
    old, new = ({name_of(manifest): manifest for manifest in manifests} for manifests in (before, after))
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield f"- {name}"
        elif name not in old:
            yield f"+ {name}"
        else:
            for path, was, is_now in _fields(old[name], new[name], ""):
                yield f"~ {name} {path}: {_shown(was)} -> {_shown(is_now)}"


def _fields(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 -- any part of a manifest
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _fields(old.get(key, _MISSING), new.get(key, _MISSING), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list):
        ours, theirs = _by_name(old), _by_name(new)
        if ours is None or theirs is None:
            gone, come = ([item for item in these if item not in others] for these, others in ((old, new), (new, old)))
            yield (path, *((gone, come) if gone or come else (old, new)))
            return
        for name in dict.fromkeys((*ours, *theirs)):
            yield from _fields(ours.get(name, _MISSING), theirs.get(name, _MISSING), f"{path}[{name}]")
    else:
        yield path, old, new


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    named = {item["name"]: item for item in items if isinstance(item, dict) and "name" in item}
    return named if len(named) == len(items) else None


def _shown(value: Any) -> str:  # noqa: ANN401 -- any part of a manifest
    if value is _MISSING:
        return "(not set)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LENGTH else f"{text[:_LENGTH]}..."
