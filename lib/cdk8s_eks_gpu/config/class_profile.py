"""What one pool's `efa`, `capacity` and `hugePages` need, said in the options that an EC2NodeClass has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.config.ec2 import CapacityReservationSelectorTerm, NetworkInterface, PlacementGroupSelector
from cdk8s_eks_gpu.config.huge_pages import MENTION, huge_pages_user_data, page_count
from cdk8s_eks_gpu.errors import ConfigError, Problem

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.efa_pools import PoolLayout
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions
    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions


class ClassNeeds(Struct, frozen=True):
    """What a pool's profiles need on its node class."""

    layout: PoolLayout | None = None
    reservations: tuple[CapacityReservationSelectorTerm, ...] = ()
    placement_group: PlacementGroupSelector | None = None
    user_data: str | None = None

    @property
    def key(self) -> str:
        """What is the same for the same needs, whatever the layout is called."""
        return repr((self.layout and self.layout.interfaces, self.reservations, self.placement_group, self.user_data))

    def on(self, options: NodeClassOptions) -> NodeClassOptions:
        """Return the class with what is needed."""
        update: dict[str, object] = {}
        if self.layout is not None:
            update["network_interfaces"] = tuple(
                NetworkInterface(network_card_index=card, device_index=device, interface_type=kind)
                for card, device, kind in self.layout.interfaces
            )
        if self.reservations:
            update["capacity_reservation_selector_terms"] = self.reservations
        if self.placement_group is not None:
            update["placement_group_selector"] = self.placement_group
        if self.user_data is not None:
            update["user_data"] = self.user_data
        return options.model_copy(update=update)

    def name(self, node_class: str, pool: str) -> str:
        """Return the name of the class's variant: by the EFA layout where that is all, else by the pool."""
        if self.layout is None or self.reservations or self.placement_group or self.user_data:
            return f"{node_class}-{pool}"
        return f"{node_class}-efa-{self.layout.name}"


def node_class_for(pool: NodePoolOptions, options: NodeClassOptions) -> NodeClassOptions:
    """Return the node class with what a pool's `efa` and `capacity` need on it, for composing them by hand.

    Raises:
        ConfigError: The pool's instance types have no layout in common, or the class says it already.
    """
    needs, problems = class_needs(pool, options)
    if problems:
        raise ConfigError("node pool", [Problem(key, message) for key, message in problems])
    return needs.on(options)


def class_needs(pool: NodePoolOptions, options: NodeClassOptions | None) -> tuple[ClassNeeds, list[tuple[str, str]]]:
    """Return what a pool's profiles need on its node class, and what keeps them from it, by the option's name."""
    capacity, layout, problems = pool.capacity, None, []
    if pool.has_static_efa:
        from cdk8s_eks_gpu.config.efa_pools import pool_layout  # noqa: PLC0415 -- reads the facts of all types

        found = pool_layout(pool)
        if isinstance(found, str):
            problems.append(("efa", found))
        else:
            layout = found
    needs = ClassNeeds(
        layout=layout,
        reservations=capacity.reservation_terms if capacity else (),
        placement_group=capacity.placement_group_selector if capacity else None,
        user_data=_huge_pages(pool, options, problems),
    )
    if options is not None:
        twice = {
            "networkInterfaces": ("efa", layout, options.network_interfaces),
            "capacityReservationSelectorTerms": (
                "capacity",
                needs.reservations,
                options.capacity_reservation_selector_terms,
            ),
            "placementGroupSelector": ("capacity", needs.placement_group, options.placement_group_selector),
        }
        for on_class, (key, needed, there) in twice.items():
            if needed and there:
                problems.append((key, f"its node class has {on_class} already: keep one of the two"))
    return needs, problems


def lacks_huge_pages(options: NodeClassOptions | None) -> bool:
    """Return whether a node class sets no huge pages aside."""
    return options is not None and MENTION not in (options.user_data or "")


def _huge_pages(pool: NodePoolOptions, options: NodeClassOptions | None, problems: list[tuple[str, str]]) -> str | None:
    """Return the user data that sets a pool's huge pages aside; None where nothing has to be, or cannot."""
    if pool.huge_pages is None or options is None or not lacks_huge_pages(options):
        return None
    pages = page_count(pool.huge_pages) or 0
    user_data = huge_pages_user_data(pages, options.family)
    if options.user_data is not None or user_data is None:
        why = "has userData already" if options.user_data is not None else "is of no family whose user data is known"
        problems.append(("hugePages", f"its node class {why}: set vm.nr_hugepages={pages} in its userData"))
        return None
    return user_data
