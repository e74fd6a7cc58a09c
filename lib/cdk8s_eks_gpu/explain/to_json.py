"""Answers as plain data for JSON. Sets are sorted lists; the names of keys are part of what users rely on."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from cdk8s_eks_gpu.descriptions import describe_all, describe_constraint, describe_gate, describe_slip
from cdk8s_eks_gpu.explain.family import Family, families
from cdk8s_eks_gpu.instances import EfaLayouts, InstanceType, Trap, efa_layouts, facts_source, provenance, traps
from cdk8s_eks_gpu.provisioning import REHEARSED_KUBERNETES, rehearsed_against
from cdk8s_eks_gpu.quantity import format_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.explain.answer import Answer, PoolAnswer, WorkloadAnswer
    from cdk8s_eks_gpu.explain.diff import Difference
    from cdk8s_eks_gpu.provisioning.fit import Fit
    from cdk8s_eks_gpu.provisioning.reasons import Reasons
    from cdk8s_eks_gpu.provisioning.traps import TrapMatch


def answer_data(answer: Answer) -> dict[str, Any]:
    """Return the answer as data: `facts`, `rehearsedAgainst`, `pools`, `workloads` and `refused` by name."""
    return {
        "facts": facts_source(),
        "rehearsedAgainst": {"karpenter": rehearsed_against(answer.karpenter), "kubernetes": REHEARSED_KUBERNETES},
        "pools": {pool.pool.title: _pool(pool) for pool in answer.pools},
        "workloads": {workload.name: _workload(workload) for workload in answer.workloads},
        "featureGates": [
            {"gate": each.gate.name, "object": f"{each.kind}/{each.name}", "text": describe_gate(each)}
            for each in answer.needed_gates
        ],
        "refused": {name: list(reasons) for name, reasons in answer.refused.items()},
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
        "spot": instance_type.spot,
        "sources": [asdict(each) for each in provenance(instance_type)],
        "efa": _efa(efa_layouts(instance_type.name)),
        "traps": [_trap(trap) for trap in matching],
    }


def layouts_data(facts: EfaLayouts) -> dict[str, Any]:
    """Return what is known of a type of which only the EFA is known."""
    return {"facts": facts_source(), "instanceType": facts.instance_type, "efa": _efa(facts)}


def _efa(facts: EfaLayouts) -> dict[str, Any]:
    layouts: dict[str, Any] = {
        name: {
            "efaInterfaces": layout.efa_count,
            "ipAddresses": layout.ip_addresses,
            "networkInterfaces": [
                {"networkCardIndex": card, "deviceIndex": device, "interfaceType": kind}
                for card, device, kind in layout.interfaces
            ],
            "source": layout.source,
            "read": layout.read,
        }
        for name, layout in facts.layouts.items()
    }
    return {
        "networkCards": facts.card_count,
        "interfacesPerCard": None if facts.interfaces_per_card is None else list(facts.interfaces_per_card),
        "efaCards": None if facts.efa_cards is None else list(facts.efa_cards),
        "layouts": layouts,
        "notKnown": dict(facts.not_known),
    }


def _capacity(answer: PoolAnswer) -> dict[str, Any] | None:
    capacity, pool = answer.capacity, answer.pool
    if capacity is None:
        return None
    supply, disruption, interfaces = capacity.supply, capacity.disruption, pool.node_class.network_interfaces
    return {
        "sources": [
            {"capacityType": source.capacity_type, "reservations": list(source.reservations)}
            for source in supply.sources
        ],
        "capacityBlocks": supply.blocks.value,
        "nodeClass": pool.node_class.name,
        "variantOf": supply.variant_of or None,
        "zones": list(supply.zones),
        "placementGroup": supply.placement_group or None,
        "networkInterfaces": None if interfaces is None else len(interfaces),
        "efaInterfaces": pool.node_class.efa_interfaces,
        "replicas": pool.spec.replicas,
        "limits": {name: format_quantity(amount) for name, amount in pool.spec.limits.items()},
        "expireAfter": disruption.expire_after,
        "terminationGracePeriod": disruption.termination_grace_period or None,
        "consolidationPolicy": disruption.policy,
        "consolidateAfter": disruption.consolidate_after,
        "budgets": [
            {"nodes": budget.nodes, "reasons": list(budget.reasons), "scheduled": budget.is_scheduled}
            for budget in disruption.budgets
        ],
        "statements": [
            {"about": each.topic, "text": each.text, "reason": each.reason, "source": each.source}
            for each in capacity.statements
        ],
    }


def _pool(answer: PoolAnswer) -> dict[str, Any]:
    pool = answer.pool
    if pool.not_evaluated:
        warnings = {"warnings": list(map(describe_slip, answer.slips))} if answer.slips else {}
        return {"instanceTypes": [], "notEvaluated": pool.not_evaluated.value, **warnings}
    types = pool.instance_types
    return {
        "instanceTypes": [each.name for each in pool.types],
        "unknownInstanceTypes": list(pool.unknown_types),
        "families": list(map(_family, families(pool.types))),
        "leftOut": {describe_constraint(reason): count for reason, count in types.left_out},
        "switchedOffBy": list(pool.switched_off_by),
        "hasPlaceholders": pool.has_placeholder,
        "unmetMinValues": [str(requirement) for requirement in pool.unmet_min_values],
        "traps": [_match(match) for match in answer.traps],
        "warnings": list(map(describe_slip, answer.slips)),
        "errors": [{"rule": error.rule, "message": error.message} for error in answer.errors],
        "capacity": _capacity(answer),
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
        "nodePool": answer.launch.pool.title,
        "instanceTypes": [each.name for each in answer.launch.fit.types],
    }
    return {
        "requests": {name: format_quantity(amount) for name, amount in requests},
        "launch": launch,
        "remarks": list(answer.remarks),
        "pools": {
            pool: {
                **_fit(fit, answer.unknown_types[pool], answer.traps[pool]),
                "errors": list(answer.errors.get(pool, ())),
            }
            for pool, fit in answer.fits.items()
        },
    }


def _fit(fit: Fit, unknown_types: Mapping[str, Reasons], matches: tuple[TrapMatch, ...]) -> dict[str, Any]:
    rejected = {**fit.rejected, **{name: reasons for name, reasons in unknown_types.items() if reasons}}
    return {
        "instanceTypes": [each.name for each in fit.types],
        "unknownInstanceTypes": [name for name, reasons in unknown_types.items() if not reasons],
        "rejected": {name: describe_all(reasons) for name, reasons in rejected.items()},
        "awaitedLabels": list(fit.awaited_labels),
        "traps": [_match(match) for match in matches],
    }


def _match(match: TrapMatch) -> dict[str, Any]:
    return {**_trap(match.trap), "instanceTypes": list(match.types)}


def _trap(trap: Trap) -> dict[str, Any]:
    return {
        "name": trap.name,
        "problem": trap.problem,
        "requirement": {
            "key": trap.fix.key,
            "operator": trap.fix.operator.value,
            "values": sorted(trap.fix.values),
        },
        "sources": [asdict(source) for source in trap.sources],
    }
