"""How many network interfaces each network card of an instance type takes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "network-cards.json"


def network_cards(instance_type: str) -> tuple[int, ...] | None:
    """Return how many interfaces each card of the type takes, from card 0; None where it is not known.

    Facts of Karpenter's limits of the Amazon VPC CNI (pkg/providers/instancetype/zz_generated.vpclimits.go); the file
    beside this one names the release.
    """
    return _types().get(instance_type)


@cache
def _types() -> dict[str, tuple[int, ...]]:
    types = json.loads(_TABLE.read_text(encoding="utf-8"))["types"]
    return {name: tuple(cards) for name, cards in types.items()}
