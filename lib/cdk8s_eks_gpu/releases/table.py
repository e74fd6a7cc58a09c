"""The generated table of releases, as it is stored.

A value of a list has `since` when the oldest release does not have it, and `until` when the newest does not.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from msgspec.json import decode


@cache
def table() -> dict[str, Any]:
    """Return the table: a list for each kind of fact, and `karpenter`, `kubernetes` and `fields`."""
    text = resources.files("cdk8s_eks_gpu_schemas").joinpath("releases.json").read_bytes()
    facts: dict[str, Any] = decode(text)
    return facts
