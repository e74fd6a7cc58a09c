"""One pool's `efa` and `capacity`, said in the options that a NodePool has."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.node_pool import Budget, Disruption, NodePoolOptions
from cdk8s_eks_gpu.config.scheduling import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.config.capacity import Capacity

_NEVER = "Never"
_BLOCK = "capacity-block"
_STATIC_BUDGET = 0.1  # Karpenter's own: 10% of the pool's nodes at once


def expanded_pool(pool: NodePoolOptions) -> NodePoolOptions:
    """Return the pool without profiles: what they stand for is said in its labels, requirements, limits and so on."""
    if pool.efa is None and pool.capacity is None:
        return pool
    capacity = pool.capacity
    update: dict[str, object] = {"efa": None, "capacity": None}
    if pool.has_static_efa:
        update["labels"] = {**(pool.labels or {}), vocabulary.EFA_ATTACHED: vocabulary.EFA_ATTACHED_VALUE}
    if capacity is not None:
        update["capacity_types"] = pool.capacity_types or capacity.capacity_types
        update["zones"] = pool.zones if capacity.zone is None else (capacity.zone,)
        update["requirements"] = (*pool.requirements, *_kind_of_reservation(pool, capacity))
        update["disruption"] = pool.disruption or _disruption(capacity)
        if capacity.static is not None:
            replicas = update["replicas"] = capacity.static.replicas
            update["limits"] = pool.limits or {"nodes": str(replicas + _surge(replicas))}
        if capacity.blocks and pool.expire_after is None:
            # EC2 ends the nodes with their block; an age limit would interrupt training before that, for nothing.
            update["expire_after"] = _NEVER
    return pool.model_copy(update=update)


def _kind_of_reservation(pool: NodePoolOptions, capacity: Capacity) -> Iterator[Requirement]:
    """Yield the requirement that says which kind of reservation the nodes come from, where one can be said.

    Only reserved nodes have the label: `In` would keep those of the fallback out, and NotIn does not.
    """
    if any(requirement.key == vocabulary.CAPACITY_RESERVATION_TYPE for requirement in pool.requirements):
        return
    if capacity.blocks and not (capacity.reservations or capacity.fallback):
        yield Requirement(key=vocabulary.CAPACITY_RESERVATION_TYPE, operator="In", values=(_BLOCK,))
    elif capacity.placement_group is not None and capacity.reservations:
        # EC2 starts no node of a block in a placement group, and a selector by tags might find one.
        yield Requirement(key=vocabulary.CAPACITY_RESERVATION_TYPE, operator="NotIn", values=(_BLOCK,))


def _surge(replicas: int) -> int:
    """Return how many nodes a static pool may have beyond its replicas: as many as its budget lets drift at once.

    Karpenter starts the replacement first: where the limit is the number of replicas, drift waits forever
    (aws/karpenter-provider-aws#8873, before 1.15).
    """
    return max(1, ceil(replicas * _STATIC_BUDGET))


def _disruption(capacity: Capacity) -> Disruption | None:
    """Return how nodes may be taken away, where the pool does not say it; None leaves it to Karpenter.

    Karpenter's documentation, "Disruption" and "Utilizing ODCRs and Capacity Blocks" (v1.14): nodes of a static pool
    are never consolidated; what is reserved is paid for, and Karpenter prices it at nothing; a budget of zero nodes
    keeps a reason from disrupting any.
    """
    if not (capacity.blocks or capacity.reservations or capacity.static):
        return None
    paid = capacity.static is not None or not capacity.fallback
    # A node that was replaced for drift has its place in the block taken, and the block ends anyway.
    no_drift = [Budget(nodes="0", reasons=("Drifted",))] if capacity.blocks else []
    return Disruption(
        consolidation_policy="WhenEmpty",
        consolidate_after=_NEVER if paid else "30m",
        budgets=(*no_drift, Budget(nodes="10%")),
    )
