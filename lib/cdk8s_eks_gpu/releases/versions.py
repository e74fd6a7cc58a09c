"""Versions: how they are written, which are the newest, and when a fact came."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any, Literal

from msgspec.json import decode

Fact = Literal["capacityTypes", "requirementOperators", "wellKnownLabels"]
"""The lists of the table whose values came and went with releases of Karpenter."""

_NUMBER = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?\Z", re.ASCII)


@cache
def table() -> dict[str, Any]:
    """Return the table: a list for each kind of fact, and `karpenter`, `kubernetes` and `fields`."""
    text = resources.files("cdk8s_eks_gpu_schemas").joinpath("releases.json").read_bytes()
    facts: dict[str, Any] = decode(text)
    return facts


def minor_of(version: str) -> str:
    """Return the minor version that a version means, `1.14` for `v1.14.1`; an empty text when it is no version."""
    match = _NUMBER.match(version)
    return f"{int(match[1])}.{int(match[2])}" if match else ""


def numbers_of(version: str) -> tuple[int, int, int | None]:
    """Return the numbers of a version, to compare by; the patch is None where none is said.

    Raises:
        ValueError: It is no version.
    """
    match = _NUMBER.match(version)
    if match is None:
        raise ValueError(f"{version!r} is no version")
    return int(match[1]), int(match[2]), int(match[3]) if match[3] else None


def oldest_karpenter() -> str:
    """Return the oldest minor version of Karpenter that is known."""
    return minor_of(table()["karpenter"][0]["tag"])


def since(fact: Fact, value: str) -> str | None:
    """Return the minor version of Karpenter that brought a value; None for a value that none has had.

    What the oldest known release had already is said to have come with that.
    """
    for entry in table()[fact]:
        if entry["value"] == value:
            return str(entry.get("since", oldest_karpenter()))
    return None


def kubernetes_since(kubernetes: str) -> str | None:
    """Return the first Karpenter that supports a Kubernetes version, `1.0.5` for 1.31; None for one that none does.

    A version of Kubernetes that all known releases support came before them: the oldest is returned.
    Source: the table behind Karpenter's compatibility page, and `MaxK8sVersion` of its newest release.
    """
    minor = minor_of(kubernetes)
    entries = table()["kubernetes"]
    for entry in entries:
        if entry["minor"] == minor:
            return str(entry["since"])
    if not minor or numbers_of(minor) > numbers_of(entries[-1]["minor"]):
        return None
    return oldest_karpenter()


DEFAULT_KARPENTER = minor_of(table()["karpenter"][-1]["tag"])
"""The newest Karpenter that is known: what answers are for when no version is named."""

DEFAULT_KUBERNETES = str(table()["karpenter"][-1]["kubernetes"][1])
"""The newest Kubernetes that this Karpenter supports."""
