"""Write the network interfaces that make all of a type's EFA usable: `python tools/efa_layouts.py`.

Karpenter's facts say how many interfaces each network card takes and how many EFAs a type has; the EC2 User Guide says
which cards carry them and how the interfaces should lie. Where no source says, the file says so. What a person read in
the User Guide stands in `efa_sources.json`, which this turns, with the facts, into `efa-layouts.json` of the package.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.instances.network_cards import network_cards

SOURCES: dict[str, Any] = json.loads((Path(__file__).parent / "efa_sources.json").read_text(encoding="utf-8"))
TARGET = Path(__file__).parent.parent / "lib" / "cdk8s_eks_gpu" / "instances" / "efa-layouts.json"

IP, BANDWIDTH = "ip-optimized", "bandwidth-optimized"
ENA, EFA = "interface", "efa-only"
Interfaces = list[tuple[int, int, str]]

GB200 = "p6e-gb200.36xlarge"
P5 = ("p5.48xlarge", "p5e.48xlarge")
OWN_SECTION = {GB200: "p6e", "p6-b200.48xlarge": "p6-b200", "p6-b300.48xlarge": "p6-b300"} | dict.fromkeys(P5, "p5")

SEVERAL_CARDS = {name: int(count) for count, names in SOURCES["severalCards"].items() for name in names}
# An odd card of a GB200 takes one interface, an even one two (source gb200-interfaces); Karpenter lacks the type.
GB200_INTERFACES = [2, *(1 if card % 2 else 2 for card in range(1, 17))]
# Cards that carry EFA, where they are not all of them: the primary card of these two has ENA only.
EFA_CARDS = {"p6-b300.48xlarge": range(1, 17), GB200: range(1, 17)}
# One of the two cards beside each of the four GPUs, at 400 Gb/s each.
GB200_IP_OPTIMIZED = (1, 5, 9, 13)
# The first card of each further group of four carries IP traffic too, which makes all 800 Gb/s of it.
P5_ENA_CARDS = range(4, 32, 4)


def cards_of(name: str) -> int:
    """Return how many network cards a type has: one, unless the User Guide's table has it."""
    return SEVERAL_CARDS.get(name, 1)


def interfaces_of(name: str) -> list[int] | None:
    """Return how many interfaces each card takes; None where the sources are silent, or contradict each other."""
    known = GB200_INTERFACES if name == GB200 else network_cards(name)
    return list(known) if known is not None and len(known) == cards_of(name) else None


def efa_cards_of(name: str) -> list[int] | None:
    """Return the cards that carry EFA; None where no source says which."""
    cards = cards_of(name)
    if name in EFA_CARDS:
        return list(EFA_CARDS[name])
    # A card carries one EFA at most: a type with as many EFAs as cards has one on each.
    efas = catalogue()[name].count(vocabulary.EFA) if name in catalogue() else cards if name == "trn2u.48xlarge" else 1
    return list(range(cards)) if efas == cards else None


def layouts(name: str) -> dict[str, dict[str, Any]]:
    """Return each layout of a type with its source, or why it is not known."""
    carriers, limits = efa_cards_of(name), interfaces_of(name)
    if carriers is None:
        reason = f"it has {cards_of(name)} network cards, and no source says which of them carry EFA"
        return {layout: {"notKnown": reason} for layout in (IP, BANDWIDTH)}
    if name == GB200:
        why = "the User Guide has no layout with more than one interface for IP traffic"
        few = [(0, 0, ENA), *((card, 0, EFA) for card in GB200_IP_OPTIMIZED)]
        return {IP: _layout(name, few), BANDWIDTH: {"notKnown": why}}
    few = [(0, 0, ENA), *((card, 1 if card == 0 else 0, EFA) for card in carriers)]
    further = P5_ENA_CARDS if name in P5 else range(1, cards_of(name))
    if further and limits is None:
        why = "no source says how many interfaces its further network cards take"
        return {IP: _layout(name, few), BANDWIDTH: {"notKnown": why}}
    return {IP: _layout(name, few), BANDWIDTH: _layout(name, [*few, *((card, 1, ENA) for card in further)])}


def _layout(name: str, interfaces: Interfaces) -> dict[str, Any]:
    keys = ("networkCardIndex", "deviceIndex", "interfaceType")
    entries = [dict(zip(keys, interface, strict=True)) for interface in sorted(interfaces)]
    return {"source": OWN_SECTION.get(name, "rule"), "networkInterfaces": entries}


def facts(name: str) -> dict[str, Any]:
    """Return what the file says of one type."""
    return {
        "networkCards": cards_of(name),
        "interfacesPerCard": interfaces_of(name),
        "efaCards": efa_cards_of(name),
        "layouts": layouts(name),
    }


def document(names: Iterable[str]) -> str:
    """Return the file's text: the sources, then a line for each type."""
    sources = json.dumps(SOURCES["sources"], indent=2).replace("\n", "\n  ")
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(facts(name))}" for name in sorted(names))
    return f'{{\n  "$schema": "efa-layouts.schema.json",\n  "sources": {sources},\n  "types": {{\n{lines}\n  }}\n}}\n'


def main() -> None:
    """Write the layouts of every type that has EFA."""
    known = [name for name, each in catalogue().items() if each.count(vocabulary.EFA)]
    TARGET.write_text(document({*known, *SOURCES["moreEfaTypes"]}), encoding="utf-8")


if __name__ == "__main__":
    main()
