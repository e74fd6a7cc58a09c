"""Paths to values in a manifest, and how they are written."""

from __future__ import annotations

import re
from typing import TypeAlias

# The way to a value: keys of mappings and places in lists.
Path: TypeAlias = "tuple[str | int, ...]"

_PLAIN = re.compile(r"[\w-]+")


def path_text(path: Path) -> str:
    """Return the path as people write it: `nodePools.gpu.taints[0].effect`, `labels["a.b/c"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text
