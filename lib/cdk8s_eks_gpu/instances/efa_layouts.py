"""Which network interfaces give a node of an instance type all of its EFA: facts with their sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.json import decode

from cdk8s_eks_gpu.errors import LayoutNotKnownError, UnknownNameError
from cdk8s_eks_gpu.instances.catalogue import catalogue
from cdk8s_eks_gpu.instances.network_cards import network_cards

if TYPE_CHECKING:
    from collections.abc import Mapping

LayoutName = Literal["ip-optimized", "bandwidth-optimized"]
InterfaceType = Literal["interface", "efa-only"]

LAYOUT_NAMES: Final[tuple[LayoutName, ...]] = ("ip-optimized", "bandwidth-optimized")

_TABLE = Path(__file__).parent / "efa-layouts.json"


class Interface(NamedTuple):
    """One network interface, in Karpenter's words (EC2NodeClass.spec.networkInterfaces).

    Attributes:
        network_card_index: The network card, from 0.
        device_index: The place on the card, from 0.
        interface_type: `interface` for ENA, which takes an IP address, or `efa-only`, which takes none.
    """

    network_card_index: int
    device_index: int
    interface_type: InterfaceType


class EfaLayout(Struct, frozen=True):
    """Interfaces that use all of a type's EFA bandwidth.

    Attributes:
        interfaces: The interfaces, by card and place on the card. The first is the primary one, which is never EFA.
        source: The address of the document that they come from.
        read: When it was read, YYYY-MM-DD.
    """

    interfaces: tuple[Interface, ...]
    source: str
    read: str

    @property
    def efa_count(self) -> int:
        """How many EFAs a node gets, which is its vpc.amazonaws.com/efa."""
        return sum(interface.interface_type == "efa-only" for interface in self.interfaces)

    @property
    def ip_addresses(self) -> int:
        """How many IP addresses the node's interfaces take, before the VPC CNI takes more for pods."""
        return len(self.interfaces) - self.efa_count


class EfaLayouts(Struct, frozen=True):
    """What is known of the EFA of one instance type.

    Attributes:
        instance_type: The type's name.
        card_count: How many network cards it has, or None where it is not known.
        interfaces_per_card: How many interfaces each card takes, from card 0, or None where it is not known.
        efa_cards: The cards that carry EFA, none for a type without EFA, or None where no source says which.
        layouts: The layouts that a source names: `ip-optimized` takes one IP address for the node, and
            `bandwidth-optimized` all the bandwidth for IP traffic too, for more addresses.
        not_known: Why a layout is not among them, for a type that has EFA.
    """

    instance_type: str
    card_count: int | None
    interfaces_per_card: tuple[int, ...] | None
    efa_cards: tuple[int, ...] | None
    layouts: Mapping[LayoutName, EfaLayout]
    not_known: Mapping[LayoutName, str]

    @property
    def has_efa(self) -> bool:
        """Whether the type supports EFA."""
        return self.efa_cards != ()

    def layout(self, name: LayoutName) -> EfaLayout:
        """Return the layout of that name.

        Raises:
            LayoutNotKnownError: The type has no EFA, or no source names such a layout for it.
        """
        if name in self.layouts:
            return self.layouts[name]
        if not self.has_efa:
            raise LayoutNotKnownError(f"{self.instance_type} has no EFA")
        others = f"; known is {', '.join(self.layouts)}" if self.layouts else ""
        reason = self.not_known[name]
        raise LayoutNotKnownError(f"the layout {name} of {self.instance_type} is not known: {reason}{others}")


@cache
def efa_layouts(instance_type: str) -> EfaLayouts:
    """Return what is known of the EFA of an instance type.

    Raises:
        UnknownNameError: Neither the facts of instance types nor those of EFA have the type, so that nothing
            can be said of it; the message has a hint.
    """
    table = _table()
    if instance_type in table["types"]:
        return _of(instance_type, table["types"][instance_type], table["sources"])
    if instance_type not in catalogue():
        raise UnknownNameError("instance type", instance_type, [*catalogue(), *table["types"]])
    cards = network_cards(instance_type)
    return EfaLayouts(
        instance_type, len(cards) if cards else None, cards, (), MappingProxyType({}), MappingProxyType({})
    )


def types_with_efa() -> frozenset[str]:
    """Return the names of the types whose EFA is known, those among them that the facts of instance types lack."""
    return frozenset(_table()["types"])


def _of(name: str, facts: dict[str, Any], sources: dict[str, dict[str, str]]) -> EfaLayouts:
    layouts: dict[LayoutName, EfaLayout] = {}
    not_known: dict[LayoutName, str] = {}
    for layout in LAYOUT_NAMES:
        entry = facts["layouts"][layout]
        if "notKnown" in entry:
            not_known[layout] = entry["notKnown"]
            continue
        interfaces = tuple(Interface(*interface.values()) for interface in entry["networkInterfaces"])
        source = sources[entry["source"]]
        layouts[layout] = EfaLayout(interfaces, source["document"], source["read"])
    per_card, efa_cards = facts["interfacesPerCard"], facts["efaCards"]
    return EfaLayouts(
        instance_type=name,
        card_count=facts["networkCards"],
        interfaces_per_card=None if per_card is None else tuple(per_card),
        efa_cards=None if efa_cards is None else tuple(efa_cards),
        layouts=MappingProxyType(layouts),
        not_known=MappingProxyType(not_known),
    )


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = decode(_TABLE.read_bytes())
    return table
