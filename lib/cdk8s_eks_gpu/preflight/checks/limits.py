"""The limits of pools: is there an end to what they buy?"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.hints import closest, hint
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.preflight.checks.names import LIMITS
from cdk8s_eks_gpu.provisioning.offerings import ON_DEMAND, SPOT
from cdk8s_eks_gpu.requirements.resources import HUGE_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.pool import Pool

_LIMITS = "https://karpenter.sh/docs/concepts/nodepools/#speclimits"

NO_LIMITS = Rule(
    "capacity/no-limits",
    Severity.WARNING,
    "A pool of GPU nodes has no limits.",
    (
        "Karpenter launches a node for every pod that waits, up to the quotas of the account: a wrong `parallelism`"
        " buys instances for tens of dollars an hour each."
    ),
    _LIMITS,
    'Add `limits`, as strings: `nvidia.com/gpu: "64"`.',
)
LIMIT_WITHOUT_EFFECT = Rule(
    "capacity/limit-without-effect",
    Severity.WARNING,
    "A limit of the pool is on a resource that none of its instance types has.",
    "Karpenter adds up what the nodes of the pool have. Of such a resource that is nothing, so the limit never holds.",
    _LIMITS,
    "Correct the name, or limit what the nodes have: nvidia.com/gpu, cpu, memory, or their number by `nodes`.",
)

_ALIKE = 0.9  # `nvidia.com/gpus` is a slip, `nvidia.com/gpu.shared` a resource that a device plugin adds


def check(context: Context) -> Iterator[Finding]:
    """Yield the pools that nothing limits."""
    for pool in context.cluster.pools:
        yield from _no_limits(context, pool)
        if pool.is_known and pool.instance_types.launchable:
            yield from _without_effect(pool)


def _no_limits(context: Context, pool: Pool) -> Iterator[Finding]:
    """Yield that nothing limits a pool with GPUs: neither limits, nor replicas, nor the size of its reservation."""
    capacity = pool.requirement(vocabulary.CAPACITY_TYPE)
    if pool.spec.replicas is not None or pool.spec.limits or not (ON_DEMAND in capacity or SPOT in capacity):
        return
    is_for_gpus = pool.name in context.pools_of_gpu_pods or all(each.count(vocabulary.GPU) for each in pool.types)
    if pool.types and is_for_gpus and not pool.manifest.cursor.at(*LIMITS).mapping():
        yield finding_at(NO_LIMITS, pool.manifest, LIMITS, f"Pool {pool.name} may grow without limit.")


def _without_effect(pool: Pool) -> Iterator[Finding]:
    """Yield limits on what no type of the pool has, unless it may be a device plugin of one's own that adds it."""
    types = pool.instance_types
    for resource, limit in pool.spec.limits.items():
        if not limit or types.overlaid.within({resource: Decimal(0)}, types.launchable) != types.launchable:
            continue
        meant = closest(resource, _resources(), _ALIKE)
        if meant or not ("/" in resource or resource == "nodes" or resource.startswith(HUGE_PAGES)):
            message = f"No instance type of pool {pool.name} has {resource}, so that limit never holds"
            end = hint(meant if meant != resource else None) or "."
            path = (*LIMITS, resource)
            value = pool.manifest.cursor.at(*path).value
            yield finding_at(LIMIT_WITHOUT_EFFECT, pool.manifest, path, f"{message}{end}", value=value)


@cache
def _resources() -> frozenset[str]:
    """Return the resources that some instance type has."""
    return frozenset(name for each in catalogue().values() for name in each.quantities)
