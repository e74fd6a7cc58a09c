"""The network interfaces that a pool with `efa` needs, which all of its instance types must share."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.hints import few
from cdk8s_eks_gpu.instances import InstanceType, Interface, LayoutName, catalogue, efa_layouts
from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions


_GROUPS_SHOWN = 6


class PoolLayout(Struct, frozen=True):
    """The one layout of all of a pool's instance types.

    Attributes:
        interfaces: The interfaces that its node class has.
        name: What names it in a node class's name: `p5`, or `p5-4xlarge` for a size with less EFA than the family has.
    """

    interfaces: tuple[Interface, ...]
    name: str


def pool_layout(pool: NodePoolOptions) -> PoolLayout | str:
    """Return the layout of a pool whose `efa` names one, or what is wrong, and the fix."""
    wanted = tuple((each.key, str(each.operator), tuple(each.values or ())) for each in pool.all_requirements())
    return _layout(cast("LayoutName", pool.efa), wanted)


@lru_cache(maxsize=256)  # Pools of one kind are many, and the types of one are searched for among all.
def _layout(layout: LayoutName, wanted: tuple[tuple[str, str, tuple[str, ...]], ...]) -> PoolLayout | str:
    types = _types(Requirements(Requirement.of(key, operator, *values) for key, operator, values in wanted))
    if not types:
        return f"'{layout}' needs instance types with EFA, and no instance type satisfies the pool's requirements"
    by_interfaces: dict[tuple[Interface, ...], list[str]] = {}
    without: list[str] = []
    for name in types:
        try:
            facts = efa_layouts(name)
        except UnknownNameError as error:
            newer = "for a type that is not known here, leave efa out and write networkInterfaces in the node class"
            return f"'{layout}': {error} ({newer})"
        if not facts.has_efa:
            without.append(name)
        elif layout in facts.layouts:
            by_interfaces.setdefault(facts.layouts[layout].interfaces, []).append(name)
        else:
            return (
                f"the layout '{layout}' of {name} is not known: {facts.not_known[layout]}. Take another layout, leave "
                "the type out, or write networkInterfaces in the node class, and leave efa out"
            )
    if len(by_interfaces) == 1 and not without:
        [(interfaces, names)] = by_interfaces.items()
        return PoolLayout(interfaces, _name(names) + ("-bandwidth" if _needs_suffix(names, layout) else ""))
    return _clash(layout, by_interfaces, without)


def _types(requirements: Requirements) -> list[str]:
    """Return the instance types that the pool may launch, those among them that the facts of Karpenter lack too."""
    admitted = [each.name for each in catalogue().admitted(requirements)]
    named = requirements.get(vocabulary.INSTANCE_TYPE)
    if named is None or named.operator is not Operator.IN:
        return admitted
    return admitted + sorted(name for name in named.values if name not in catalogue())


def _needs_suffix(names: Iterable[str], layout: LayoutName) -> bool:
    """Return whether the types' other layout differs, so that a name must say which of the two it is."""
    return layout == "bandwidth-optimized" and any(
        other.interfaces != efa_layouts(name).layouts[layout].interfaces
        for name in names
        for other in efa_layouts(name).layouts.values()
    )


def _name(names: Sequence[str]) -> str:
    """Return what names the types: one or two families, with the size where others of the family have more EFA."""
    families: dict[str, str] = {}
    for name in names:
        family, _, size = name.partition(".")
        most = max(_efas(each.name) for each in _family(family)) if _family(family) else _efas(name)
        families.setdefault(family, family if _efas(name) == most else f"{family}-{size}")
    if len(families) > 2:  # noqa: PLR2004 -- a name of three families is none
        return f"x{_efas(names[0])}"
    return "-".join(families.values())


def _family(family: str) -> list[InstanceType]:
    return [each for each in catalogue().values() if each.family == family]


def _efas(name: str) -> int:
    """Return how many EFAs the type has in any of its layouts."""
    return max((layout.efa_count for layout in efa_layouts(name).layouts.values()), default=0)


def _clash(layout: str, by_interfaces: dict[tuple[Interface, ...], list[str]], without: list[str]) -> str:
    if not by_interfaces:
        return f"'{layout}' needs types with EFA, and the pool admits none ({few(without)}); leave efa out"
    groups = sorted(by_interfaces.values(), key=lambda names: (-_efas(names[0]), names))
    said = [f"{_efas(names[0])} EFA: {few(names)}" for names in groups[:_GROUPS_SHOWN]]
    if len(groups) > _GROUPS_SHOWN:
        more = len(groups) - _GROUPS_SHOWN
        said.append(f"{more} more layout{'s' if more > 1 else ''}")
    if without:
        said.append(f"no EFA: {few(without)}")
    split = " and ".join(f"instanceTypes: [{', '.join(names)}]" for names in groups[:_GROUPS_SHOWN])
    fix = f"say {split}" if len(groups) == 1 else f"make a pool for each: {split}"
    return f"'{layout}' needs types of one layout, and the pool admits several ({'; '.join(said)}); {fix}"
