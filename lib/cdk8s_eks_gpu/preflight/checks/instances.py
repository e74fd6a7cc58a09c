"""The instance types that a pool launches, and whether it should."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe, describe_constraint, describe_slip
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.instances.catalogue import positions
from cdk8s_eks_gpu.preflight.checks.names import LIMITS, REQUIREMENTS, place_of_requirement
from cdk8s_eks_gpu.provisioning.needs_pool import needs_pool
from cdk8s_eks_gpu.provisioning.offerings import RESERVED
from cdk8s_eks_gpu.provisioning.reasons import MinValuesNotMet
from cdk8s_eks_gpu.provisioning.slips import UnknownValue, slips
from cdk8s_eks_gpu.provisioning.supply import asks_for_unselected
from cdk8s_eks_gpu.quantity import format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool


_TYPES = "https://karpenter.sh/docs/reference/instance-types/"
_POOLS = "https://karpenter.sh/docs/concepts/nodepools/"
_NOTHING = Decimal(0)

NONE_ADMITTED = Rule(
    "instances/none-admitted",
    Severity.ERROR,
    "No instance type is left that the pool could launch.",
    "Karpenter never launches a node from the pool, and says so only in its log.",
    _TYPES,
    "Loosen the requirement that leaves out the most; `eks-gpu explain` shows what each of them does.",
)
MIN_VALUES = Rule(
    "instances/min-values-unmet",
    Severity.ERROR,
    "The admitted instance types have fewer different values of a label than `minValues` asks for.",
    "Karpenter then launches no node at all from the pool.",
    f"{_POOLS}#min-values",
    "Lower `minValues`, or admit more types.",
)
UNKNOWN_VALUE = Rule(
    "instances/unknown-value",
    Severity.WARNING,
    "A requirement names a value that no known instance type has.",
    "It is a slip, or a type that is newer than the facts here; a slip silently narrows the pool.",
    _TYPES,
    "Correct the value. If the type is newer than the facts, ignore the finding with that reason.",
)
LIMIT_TOO_SMALL = Rule(
    "instances/limit-too-small",
    Severity.ERROR,
    "A limit of the pool is smaller than the smallest instance type that it admits.",
    "Karpenter launches no node that would exceed the limit, and so none at all.",
    f"{_POOLS}#speclimits",
    "Raise the limit to that of one instance type at least, or admit smaller instance types.",
)

SWITCHED_OFF = Rule(
    "instances/switched-off",
    Severity.NOTE,
    "A limit of 0, or 0 replicas, switches the pool off.",
    "Karpenter launches no node from the pool, and so none of its instance types can host a pod.",
    f"{_POOLS}#speclimits",
    "Nothing to do, if that is meant. Otherwise raise the limit.",
)
NOT_EVALUATED = Rule(
    "instances/not-evaluated",
    Severity.NOTE,
    "Nothing is said of the instance types of the pool, since no Karpenter of your own launches its nodes.",
    "EKS Auto Mode and SageMaker HyperPod have labels, instance types and rules of their own.",
    "https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html",
    "Nothing to do. What is wrong with such a pool shows only in the cluster.",
)

OVERLAY_CONFLICT = Rule(
    "instances/overlay-conflict",
    Severity.WARNING,
    "Two NodeOverlays of the same weight say the same of an instance type.",
    "Karpenter ignores all of the second, and says so only in its status: ValidationSucceeded is False, by Conflict.",
    "https://karpenter.sh/docs/concepts/nodeoverlays/",
    "Give them different weights: the heavier one holds.",
)


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the instance types that the pools launch."""
    for pool in context.cluster.pools:
        if pool.not_evaluated:
            message = f"Pool {pool.name} was not evaluated: {pool.not_evaluated.value}."
            path = ("spec", "template", "spec", "nodeClassRef")
            yield finding_at(NOT_EVALUATED, pool.manifest, path, message, value=pool.spec.node_class_group)
            continue
        for slip in slips(pool.spec):
            key, value = (slip.requirement.key, slip.value) if isinstance(slip, UnknownValue) else (slip.key, slip.key)
            place, _ = place_of_requirement(pool, key)
            yield finding_at(UNKNOWN_VALUE, pool.manifest, place, describe_slip(slip), value=value)
        if pool.is_known:
            yield from _none_launched(pool)
        elif pool.switched_off_by:
            yield _switched_off(pool, pool.switched_off_by[0])
    yield from _overlays(context.cluster)
    yield from _newer_types(context.cluster)


def _overlays(cluster: Cluster) -> Iterator[Finding]:
    """Yield the NodeOverlays that Karpenter ignores."""
    for overlay in cluster.of_kind(vocabulary.KARPENTER_GROUP, "NodeOverlay"):
        if other := cluster.overlay_conflicts.get(overlay.name):
            message = f"NodeOverlay {overlay.name} is in conflict with NodeOverlay {other}, and Karpenter ignores it."
            yield finding_at(OVERLAY_CONFLICT, overlay, ("spec", "weight"), message)


def _newer_types(cluster: Cluster) -> Iterator[Finding]:
    """Yield the pods that fit only on unknown instance types."""
    for workload in cluster.workloads:
        newer = cluster.newer_types(workload)
        for slip in newer if newer and needs_pool(cluster, workload) else ():
            yield finding_at(UNKNOWN_VALUE, workload.object, workload.path, describe_slip(slip), value=slip.value)


def _none_launched(pool: Pool) -> Iterator[Finding]:
    """Yield why the pool launches nothing, if it does not: another check may know it more exactly."""
    types = pool.instance_types
    too_small = list(_limits(pool))
    yield from too_small
    if types.launchable:
        return
    if pool.unmet_min_values:
        unmet = "; ".join(describe(MinValuesNotMet(each)) for each in pool.unmet_min_values)
        path = place_of_requirement(pool, pool.unmet_min_values[0].key)[0]
        yield finding_at(MIN_VALUES, pool.manifest, path, f"Pool {pool.name} launches no node: {unmet}.")
    elif pool.switched_off_by:
        yield _switched_off(pool, pool.switched_off_by[0])
    elif not too_small and not _is_for_others(pool):
        strictest = ", ".join(
            f"{describe_constraint(reason)} leaves out {count}" for reason, count in types.left_out[:3]
        )
        message = f"Of {len(catalogue())} instance types pool {pool.name} launches none: {strictest}."
        yield finding_at(NONE_ADMITTED, pool.manifest, REQUIREMENTS, message)


def _switched_off(pool: Pool, name: str) -> Finding:
    path = ("spec", name) if name == "replicas" else (*LIMITS, name)
    return finding_at(SWITCHED_OFF, pool.manifest, path, f"Pool {pool.name} is switched off: {name} 0.", value=0)


def _is_for_others(pool: Pool) -> bool:
    """Return whether a check of capacity or EFA says why the pool launches nothing."""
    types, manifest = pool.instance_types, pool.node_class_manifest
    if manifest is None or not types.required:
        return False
    interfaces = types.node_class_types.incompatible.get("networkInterfaces", 0)
    if types.required & ~interfaces == 0:
        return True
    # To a release that knows no reserved nodes, it is a value like any other.
    only_reserved = pool.is_only_reserved and RESERVED in types.node_class_types.release.capacity_types
    return asks_for_unselected(pool) or (only_reserved and not pool.node_class.selects_reservations)


def _limits(pool: Pool) -> Iterator[Finding]:
    types = pool.instance_types
    for resource, limit in pool.spec.limits.items():
        if not limit or resource == "nodes":
            continue
        if types.available and not types.overlaid.within({resource: limit}, types.available):
            # A node has 0 of what no type has: only a negative limit keeps that out.
            has = {each: types.overlaid.capacity(each).get(resource, _NOTHING) for each in positions(types.available)}
            smallest = min(has, key=has.__getitem__)
            least, name = has[smallest], types.catalogue.at(smallest).name
            message = (
                f"All available instance types exceed limits of pool {pool.name}: {resource} {format_quantity(limit)},"
                f" and {name}, the smallest, has {format_quantity(least)}."
            )
            path = (*LIMITS, resource)
            value = pool.manifest.cursor.at(*path).value
            yield finding_at(LIMIT_TOO_SMALL, pool.manifest, path, message, value=value)
