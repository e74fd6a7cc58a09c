"""Capacity reservations and placement groups: do pool and node class agree?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.preflight.rules import capacity as rules
from cdk8s_eks_gpu.requirements import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.provisioning.fleet import Pool
    from cdk8s_eks_gpu.provisioning.world import World

_REQUIREMENTS: Path = ("spec", "template", "spec", "requirements")
_TERMS: Path = ("spec", "capacityReservationSelectorTerms")
_GROUP: Path = ("spec", "placementGroupSelector")
_BLOCK = "capacity-block"
_RESERVED = "reserved"


def check(world: World) -> Iterator[Finding]:
    """Yield what is wrong with the reservations and placement groups of the pools."""
    for pool in world.fleet.pools:
        if pool.node_class_manifest is not None:
            yield from _reservations(pool, pool.node_class_manifest)
            yield from _placement_group(pool, pool.node_class_manifest)


def _reservations(pool: Pool, node_class: KubernetesObject) -> Iterator[Finding]:
    capacity = pool.requirement(vocabulary.CAPACITY_TYPE)
    named = capacity.operator is Operator.IN and _RESERVED in capacity
    path, value = _requirement(pool, vocabulary.CAPACITY_TYPE)
    if named and not node_class.get(*_TERMS):
        rule = rules.ONLY_RESERVED if len(capacity.values) == 1 else rules.RESERVED_UNUSED
        message = f"The pool allows reserved nodes, and node class {node_class.name} selects no capacity reservation."
        yield finding_at(rule, pool.manifest, path, message, value=value)
    elif node_class.get(*_TERMS) and _RESERVED not in capacity:
        message = f"Node class {node_class.name} selects capacity reservations, and pool {pool.name} never uses them."
        yield finding_at(rules.RESERVATION_UNUSED, pool.manifest, path, message, value=value)


def _placement_group(pool: Pool, node_class: KubernetesObject) -> Iterator[Finding]:
    if not isinstance(node_class.get(*_GROUP), dict) or not node_class.get(*_TERMS):
        return
    if _RESERVED not in pool.requirement(vocabulary.CAPACITY_TYPE):
        return
    kinds = pool.requirement(vocabulary.CAPACITY_RESERVATION_TYPE)
    if _BLOCK not in kinds:
        return
    only = kinds.operator is Operator.IN and len(kinds.values) == 1
    message = (
        f"Pool {pool.name} {'takes' if only else 'may take'} capacity blocks, and its nodes go into a placement group."
    )
    rule = rules.BLOCK_IN_PLACEMENT_GROUP if only else rules.BLOCK_PERHAPS
    yield finding_at(rule, node_class, _GROUP, message)


def _requirement(pool: Pool, key: str) -> tuple[Path, object]:
    """Return where the pool's manifest has the requirement, and its values."""
    requirements = pool.manifest.get(*_REQUIREMENTS)
    for index, one in enumerate(requirements if isinstance(requirements, list) else ()):
        if isinstance(one, dict) and one.get("key") == key:
            return (*_REQUIREMENTS, index), ", ".join(map(str, one.get("values") or ()))
    return _REQUIREMENTS, None
