"""Instance types that a pool launches and that a GPU pod should not get."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.instances import catalogue, traps, unlisted_families
from cdk8s_eks_gpu.requirements import Requirements

if TYPE_CHECKING:
    from collections.abc import Collection

    from cdk8s_eks_gpu.instances import Trap


class TrapMatch(Struct, frozen=True):
    """A trap among the instance types of a pool.

    Attributes:
        trap: The trap.
        types: The names of the types that it is about, sorted.
        unlisted: Families that it is about and that the facts do not list, sorted.
        type_set: The types as a set of the catalogue.
    """

    trap: Trap
    types: tuple[str, ...]
    unlisted: tuple[str, ...]
    type_set: int = 0


@cache
def _types_of_traps() -> dict[str, int]:
    return {trap.name: catalogue().admitted_set(trap.requirements) for trap in traps()}


def matching_traps(
    type_set: int, chosen: Requirements, requested: Collection[str] = (), *, ami_alias: str = ""
) -> tuple[TrapMatch, ...]:
    """Return the traps among a set of instance types, for whoever chose these requirements and asks for that.

    Traps of an AMI are those of the alias that the node class has.
    """
    matches = []
    unlisted = [family for family in unlisted_families() if family.may_satisfy(chosen)]
    for trap in traps():
        if trap.concerns(chosen, requested) and trap.is_in(ami_alias):
            trapped = type_set & _types_of_traps()[trap.name]
            types = catalogue().of_set(trapped)
            families = tuple(
                family.name
                for family in unlisted
                if Requirements.of_labels(family.labels).compatible(trap.requirements) == ()
            )
            if types or families:
                matches.append(TrapMatch(trap, tuple(each.name for each in types), families, trapped))
    return tuple(matches)
