"""Instance types that a pool launches and that a GPU pod should not get."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.instances import Trap, catalogue, traps

if TYPE_CHECKING:
    from collections.abc import Collection

    from cdk8s_eks_gpu.requirements import Requirements


class TrapMatch(Struct, frozen=True):
    """A trap among the instance types of a pool.

    Attributes:
        trap: The trap.
        types: The names of the types that it is about, sorted.
        type_set: The types as a set of the catalogue.
    """

    trap: Trap
    types: tuple[str, ...]
    type_set: int


@cache
def _types_of_traps() -> dict[str, int]:
    return {trap.name: catalogue().admitted_set(trap.requirements) for trap in traps()}


def matching_traps(
    type_set: int, chosen: Requirements, requested: Collection[str] = (), *, ami_alias: str = ""
) -> tuple[TrapMatch, ...]:
    """Return the traps among a set of instance types, given the requirements chosen and what is requested.

    Traps of an AMI are those of the alias that the node class has.
    """
    matches = []
    for trap in traps():
        trapped = type_set & _types_of_traps()[trap.name]
        if trapped and trap.concerns(chosen, requested) and trap.is_in(ami_alias):
            names = tuple(each.name for each in catalogue().of_set(trapped))
            matches.append(TrapMatch(trap, names, trapped))
    return tuple(matches)
