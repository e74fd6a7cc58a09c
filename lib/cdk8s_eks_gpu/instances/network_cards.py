"""How many network interfaces each network card of an instance type takes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from msgspec.json import decode

_TABLE = Path(__file__).parent / "network-cards.json"


def network_cards(instance_type: str) -> tuple[int, ...] | None:
    """Return how many interfaces each card of the type takes, from card 0; None where it is not known.

    Facts of Karpenter's limits of the Amazon VPC CNI (pkg/providers/instancetype/zz_generated.vpclimits.go); the file
    beside this one names the release.
    """
    return _types().get(instance_type)


def cards_source() -> tuple[str, str]:
    """Return the file that these facts are from, and the release that has it."""
    source = _table()["source"]
    return f"{source['module']} {source['file']}", source["version"]


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = decode(_TABLE.read_bytes())
    return table


@cache
def _types() -> dict[str, tuple[int, ...]]:
    types = _table()["types"]
    return {name: tuple(cards) for name, cards in types.items()}
