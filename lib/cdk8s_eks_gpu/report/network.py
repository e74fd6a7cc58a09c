"""The network cards of a pool's nodes with the interfaces on them, for a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.hints import few
from cdk8s_eks_gpu.instances.efa_layouts import efa_layouts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.provisioning.pool import Pool

Slot = Literal["primary", "interface", "efa-only", "on-request", "impossible", "free"]
"""What is at a place of a card; `impossible` is an EFA interface at a card that carries none: EC2 starts no node."""

_MOST_SLOTS = 6  # places of a card that are drawn; further free ones are left out


class Card(Struct, frozen=True):
    """A network card: its index, whether it carries EFA (None where no source says so), and its places."""

    index: int
    carries_efa: bool | None
    slots: tuple[Slot, ...]


class Node(Struct, frozen=True):
    """The nodes of some instance types, which have the same cards in all pools that launch just these.

    Attributes:
        pools: The names of the pools.
        instance_types: The types, by name.
        cards: Their cards; empty where it is not known which there are.
        efa: How many EFA interfaces a node has.
        on_request: Whether they are there only if the pod for which the node was started asks for EFA.
    """

    pools: tuple[str, ...]
    instance_types: tuple[str, ...]
    cards: tuple[Card, ...]
    efa: int
    on_request: bool

    @property
    def title(self) -> str:
        """The pools with their types, the first of many."""
        return f"{', '.join(self.pools)}: {few(self.instance_types, 1)}"


def nodes(pools: Iterable[Pool]) -> tuple[Node, ...]:
    """Return the nodes with EFA of the pools, the most interfaces first in each pool."""
    alike: dict[Node, list[str]] = {}
    for pool in pools:
        for node in _nodes(pool):
            alike.setdefault(node, []).append(pool.name)
    return tuple(replace(node, pools=tuple(names)) for node, names in alike.items())


def _nodes(pool: Pool) -> list[Node]:
    """Return the nodes with EFA of one pool, without its name."""
    alike: dict[tuple[tuple[Card, ...], int], list[str]] = {}
    on_request = pool.node_class.network_interfaces is None
    for each in pool.with_device(vocabulary.EFA):
        cards = _cards(each, pool)
        wanted = pool.node_class.efa_interfaces
        efa = each.count(vocabulary.EFA) if wanted is None else wanted
        if efa:
            alike.setdefault((cards, efa), []).append(each.name)
    found = [Node((), tuple(names), cards, efa, on_request) for (cards, efa), names in alike.items()]
    return sorted(found, key=lambda node: (-node.efa, node.instance_types))


def _cards(instance_type: InstanceType, pool: Pool) -> tuple[Card, ...]:
    with_efa = efa_layouts(instance_type.name).efa_cards
    cards = []
    for index, places in enumerate(instance_type.interfaces_per_card):
        slots = _slots(index, places, instance_type, pool)
        carries_efa = None if with_efa is None else index in with_efa
        if carries_efa is False:
            slots = tuple("impossible" if slot in {"efa-only", "on-request"} else slot for slot in slots)
        cards.append(Card(index, carries_efa, slots))
    return tuple(cards)


def _slots(card: int, places: int, instance_type: InstanceType, pool: Pool) -> tuple[Slot, ...]:
    """Return what is at each place of a card.

    Without interfaces in the node class, Karpenter asks for an EFA on each card from the first, if a pod asks for one
    (`pkg/providers/launchtemplate` of aws/karpenter-provider-aws v1.14.1).
    """
    interfaces = pool.node_class.network_interfaces
    slots: list[Slot] = ["free"] * places
    if interfaces is None:
        if card < instance_type.count(vocabulary.EFA):
            slots[0] = "on-request"
        elif card == 0:
            slots[0] = "primary"
    else:
        for interface in interfaces:
            if interface.card == card and interface.device < places:
                is_primary = (interface.card, interface.device) == (0, 0)
                slots[interface.device] = "efa-only" if interface.efa_only else "primary" if is_primary else "interface"
    while len(slots) > _MOST_SLOTS and slots[-1] == "free":
        slots.pop()
    return tuple(slots)
