"""Answers as plain data for JSON. Sets are sorted lists; the names of keys are part of what users rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.explain.family import families
from cdk8s_eks_gpu.instances import facts_source, traps
from cdk8s_eks_gpu.quantity import format_quantity

if TYPE_CHECKING:
    from cdk8s_eks_gpu.explain.answer import Answer, Caught, PoolAnswer, WorkloadAnswer
    from cdk8s_eks_gpu.explain.diff import Difference
    from cdk8s_eks_gpu.explain.family import Family
    from cdk8s_eks_gpu.instances import InstanceType, Trap


def answer_data(answer: Answer) -> dict[str, Any]:
    """Return the answer as data: `facts`, `pools` by name and `workloads` by KIND/NAME."""
    return {
        "facts": facts_source(),
        "pools": {pool.name: _pool(pool) for pool in answer.pools},
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


def type_data(one: InstanceType) -> dict[str, Any]:
    """Return one instance type as data."""
    caught = [trap for trap in traps() if one.requirements.compatible(trap.caught) == ()]
    return {
        "facts": facts_source(),
        "instanceType": one.name,
        "labels": dict(one.labels),
        "allocatable": dict(one.quantities),
        "networkCards": one.network_cards,
        "traps": [_trap(trap) for trap in caught],
    }


def _pool(pool: PoolAnswer) -> dict[str, Any]:
    return {
        "instanceTypes": [one.name for one in pool.types],
        "families": [_family(family) for family in families(pool.types)],
        "leftOut": dict(pool.left_out),
        "unmetMinValues": [str(requirement) for requirement in pool.unmet_min_values],
        "traps": [_caught(caught) for caught in pool.traps],
        "warnings": list(pool.warnings),
    }


def _family(family: Family) -> dict[str, Any]:
    return {
        "family": family.name,
        "architecture": family.architecture,
        "gpu": family.gpu,
        "gpuCounts": list(family.gpu_counts),
        "gpuMemoryMiB": list(family.gpu_memories),
        "memoryMiB": list(family.memories),
        "efaInterfaces": list(family.efa_counts),
        "instanceTypes": [one.name for one in family.types],
    }


def _workload(answer: WorkloadAnswer) -> dict[str, Any]:
    return {
        "requests": {name: format_quantity(amount) for name, amount in sorted(answer.workload.requests.items())},
        "pools": {
            pool: {
                "instanceTypes": [one.name for one in hosting.types],
                "rejected": {name: "; ".join(map(str, causes)) for name, causes in hosting.rejected.items()},
                "awaitedLabels": list(hosting.awaited_labels),
                "traps": [_caught(caught) for caught in answer.traps[pool]],
            }
            for pool, hosting in answer.hosting.items()
        },
    }


def _caught(caught: Caught) -> dict[str, Any]:
    return {**_trap(caught.trap), "instanceTypes": list(caught.types), "unlistedFamilies": list(caught.unlisted)}


def _trap(trap: Trap) -> dict[str, Any]:
    return {
        "name": trap.name,
        "problem": trap.problem,
        "requirement": {
            "key": trap.cure.key,
            "operator": trap.cure.operator.value,
            "values": sorted(trap.cure.values),
        },
        "sources": [vars(source) for source in trap.sources],
    }
