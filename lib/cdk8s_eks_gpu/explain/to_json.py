"""Answers as plain data for JSON. Sets are sorted lists; the names of keys are part of what users rely on."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.descriptions import describe_all, describe_constraint, describe_slip
from cdk8s_eks_gpu.explain.family import families
from cdk8s_eks_gpu.instances import facts_source, traps
from cdk8s_eks_gpu.provisioning import REHEARSED_KUBERNETES, rehearsed_against
from cdk8s_eks_gpu.quantity import format_quantity

if TYPE_CHECKING:
    from cdk8s_eks_gpu.explain.answer import Answer, PoolAnswer, WorkloadAnswer
    from cdk8s_eks_gpu.explain.diff import Difference
    from cdk8s_eks_gpu.explain.family import Family
    from cdk8s_eks_gpu.instances import InstanceType, Trap
    from cdk8s_eks_gpu.provisioning.hosting import Hosting
    from cdk8s_eks_gpu.provisioning.traps import TrapMatch


def answer_data(answer: Answer) -> dict[str, Any]:
    """Return the answer as data: `facts`, `rehearsedAgainst`, `pools` by name and `workloads` by KIND/NAME."""
    return {
        "facts": facts_source(),
        "rehearsedAgainst": {"karpenter": rehearsed_against(answer.karpenter), "kubernetes": REHEARSED_KUBERNETES},
        "pools": {pool.pool.name: _pool(pool) for pool in answer.pools},
        "workloads": {workload.name: _workload(workload) for workload in answer.workloads},
    }


def difference_data(difference: Difference) -> dict[str, Any]:
    """Return what a change admits and drops as data."""
    return {
        section: {
            name: {"added": list(change.added), "dropped": list(change.dropped)} for name, change in changes.items()
        }
        for section, changes in (("pools", difference.pools), ("workloads", difference.workloads))
    }


def type_data(instance_type: InstanceType) -> dict[str, Any]:
    """Return one instance type as data."""
    matching = [trap for trap in traps() if instance_type.requirements.compatible(trap.requirements) == ()]
    return {
        "facts": facts_source(),
        "instanceType": instance_type.name,
        "labels": dict(instance_type.labels),
        "allocatable": dict(instance_type.quantities),
        "networkCards": instance_type.network_cards,
        "traps": [_trap(trap) for trap in matching],
    }


def _pool(answer: PoolAnswer) -> dict[str, Any]:
    pool = answer.pool
    if pool.not_evaluated:
        return {"instanceTypes": [], "notEvaluated": pool.not_evaluated.value}
    types = pool.instance_types
    return {
        "instanceTypes": [each.name for each in pool.types],
        "unknownInstanceTypes": list(pool.unknown_types),
        "families": list(map(_family, families(pool.types))),
        "leftOut": {describe_constraint(reason): count for reason, count in types.left_out},
        "unmetMinValues": [str(requirement) for requirement in types.unmet_min_values],
        "traps": [_match(match) for match in answer.traps],
        "warnings": list(map(describe_slip, answer.slips)),
    }


@lru_cache(maxsize=4096)  # pools have many families in common
def _family(family: Family) -> dict[str, Any]:
    return {
        "family": family.name,
        "architecture": family.architecture,
        "gpu": family.gpu,
        "gpuCounts": list(family.gpu_counts),
        "gpuMemoryMiB": list(family.gpu_memories),
        "memoryMiB": list(family.memories),
        "efaInterfaces": list(family.efa_counts),
        "instanceTypes": [each.name for each in family.types],
    }


def _workload(answer: WorkloadAnswer) -> dict[str, Any]:
    requests = sorted(answer.workload.pod.requests.items())
    launch = answer.launch and {
        "nodePool": answer.launch.pool.name,
        "instanceTypes": [each.name for each in answer.launch.hosting.types],
    }
    return {
        "requests": {name: format_quantity(amount) for name, amount in requests},
        "launch": launch,
        "pools": {pool: _hosting(hosting, answer.traps[pool]) for pool, hosting in answer.hosting.items()},
    }


def _hosting(hosting: Hosting, matches: tuple[TrapMatch, ...]) -> dict[str, Any]:
    return {
        "instanceTypes": [each.name for each in hosting.types],
        "rejected": {name: describe_all(reasons) for name, reasons in hosting.rejected.items()},
        "awaitedLabels": list(hosting.awaited_labels),
        "traps": [_match(match) for match in matches],
    }


def _match(match: TrapMatch) -> dict[str, Any]:
    return {**_trap(match.trap), "instanceTypes": list(match.types), "unlistedFamilies": list(match.unlisted)}


def _trap(trap: Trap) -> dict[str, Any]:
    return {
        "name": trap.name,
        "problem": trap.problem,
        "requirement": {
            "key": trap.fix.key,
            "operator": trap.fix.operator.value,
            "values": sorted(trap.fix.values),
        },
        "sources": [vars(source) for source in trap.sources],
    }
