"""Which instance types a pool launches, and which of them can host a pod, as Karpenter's scheduler decides it.

Sources: `scheduler.go` and `nodeclaim.go` in `pkg/controllers/provisioning/scheduling` of kubernetes-sigs/karpenter
v1.14.1. Not modelled: where other pods are, for affinity to them and topology spread.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.provisioning.daemon_overhead import DaemonSets, OverheadGroup, overhead_groups, ports_conflict
from cdk8s_eks_gpu.provisioning.fit import Fit, Rejections
from cdk8s_eks_gpu.provisioning.instance_types import RESERVABLE
from cdk8s_eks_gpu.provisioning.offerings import OFFERING_LABELS, capacity_types, with_offering
from cdk8s_eks_gpu.provisioning.pod_conflicts import conflicts, ignored
from cdk8s_eks_gpu.provisioning.reasons import (
    HostPortTaken,
    IncompatibleWithNodeClass,
    LabelNotDefined,
    LimitExceeded,
    MinValuesNotMet,
    NoOffering,
    Reason,
    Reasons,
    RequirementNotMet,
    ReservedBeyondCapacity,
)
from cdk8s_eks_gpu.provisioning.slips import likely_value
from cdk8s_eks_gpu.provisioning.unknown_types import unknown_types
from cdk8s_eks_gpu.requirements import RUN_TIME_LABELS, Operator, Requirement, Requirements
from cdk8s_eks_gpu.requirements.resources import Amounts, add

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool
    from cdk8s_eks_gpu.provisioning.overlaid_instance_types import OverlaidInstanceTypes
    from cdk8s_eks_gpu.provisioning.pod import Attempt, Pod
    from cdk8s_eks_gpu.releases import KarpenterRelease


_NODES = "nodes"
_UNKNOWN_VALUES = RUN_TIME_LABELS - {vocabulary.CAPACITY_TYPE}
_NOTHING = Decimal(0)


class PoolInstanceTypes:
    """The instance types of one pool, or of several that are equal in all that scheduling depends on."""

    def __init__(self, pool: NodePool, overlaid: OverlaidInstanceTypes, daemon_sets: Sequence[DaemonSets]) -> None:
        """Take the pool, the types of its node class with what overlays add, and the DaemonSets that may land."""
        self.pool = pool
        self.overlaid = overlaid
        self.daemon_sets = daemon_sets
        self.node_class_types = overlaid.types
        self.catalogue = overlaid.types.catalogue

    @cached_property
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types that the pool launches, sorted by name."""
        return self.catalogue.of_set(self.launchable)

    @cached_property
    def required(self) -> int:
        """The set of types whose labels satisfy the pool's requirements."""
        return self.node_class_types.admitted(self.pool.requirements)

    @cached_property
    def available(self) -> int:
        """The set of those that the node class can launch and that have an offering: what minValues counts."""
        types = self.required & self.node_class_types.compatible & self._with_offering(self.pool.requirements)
        return self.node_class_types.nowhere_negative(types)

    @cached_property
    def unmet_min_values(self) -> tuple[Requirement, ...]:
        """The requirements whose minValues are not met; Karpenter then makes no node from the pool."""
        return self._unmet_min_values(self.pool.requirements, self.available)

    @cached_property
    def launchable(self) -> int:
        """The set of types that the pool launches: within its limits, and only if its minValues are met."""
        if self.unmet_min_values or self._is_switched_off:
            return 0
        return self.overlaid.within(self._resource_limits, self.available)

    @property
    def _is_switched_off(self) -> bool:
        return self.pool.limits.get(_NODES) == 0 or self.pool.replicas == 0

    @cached_property
    def _resource_limits(self) -> Amounts:
        return {name: limit for name, limit in self.pool.limits.items() if name != _NODES}

    def _with_offering(self, requirements: Requirements) -> int:
        return with_offering(requirements, self.node_class_types)

    @cached_property
    def left_out(self) -> tuple[tuple[Reason, int], ...]:
        """How many of all instance types each constraint of the pool leaves out, taken alone; the strictest first."""
        types, everything = self.node_class_types, self.catalogue.everything
        kept_out: list[tuple[Reason, int]] = [
            (RequirementNotMet(requirement), everything & ~types.satisfying(requirement))
            for requirement in self.pool.requirements.values()
        ]
        kept_out += [(IncompatibleWithNodeClass(field), out) for field, out in types.incompatible.items()]
        kept_out += [
            (ReservedBeyondCapacity(name), everything & ~types.with_allocatable(name, _NOTHING, everything))
            for name in RESERVABLE
        ]
        offered = self._with_offering(self.pool.requirements)
        kept_out.append((self._no_offering(self.pool.requirements), everything & ~offered))
        for name, limit in self.pool.limits.items():
            within = self.overlaid.within({name: limit}, everything) if name != _NODES else everything if limit else 0
            kept_out.append((LimitExceeded(name, limit), everything & ~within))
        counted = [(reason, out.bit_count()) for reason, out in kept_out if out]
        return tuple(sorted(counted, key=lambda entry: (-entry[1], str(entry[0]))))

    def fit(self, pod: Pod) -> Fit:
        """Return which of the pool's types can host the pod, which is of no DaemonSet.

        That is: the types by which Karpenter's first successful attempt makes a node.
        """
        reasons = ignored(pod, self._release)
        if reasons:
            return self._none(reasons)
        for attempt in pod.attempts:
            fit = self._try(pod, attempt)
            if fit.type_set:
                return fit
        # Why not is said of what is required, by the first term.
        return self._try(pod, pod.required[0])

    @property
    def _release(self) -> KarpenterRelease:
        return self.node_class_types.release

    def _none(self, reasons: Reasons) -> Fit:
        return Fit(self.catalogue, 0, lambda: ((self.launchable, reasons),))

    def _try(self, pod: Pod, attempt: Attempt) -> Fit:
        defined = (self.pool.requirements, self._release.well_known_labels, {vocabulary.HOSTNAME})
        unspread = sorted(key for key in pod.topology_keys if not any(key in labels for labels in defined))
        if reasons := (*conflicts(self.pool, attempt, self._release), *map(LabelNotDefined, unspread)):
            return self._none(reasons)
        both = self.pool.requirements & attempt.requirements
        satisfying = self.launchable
        for key in attempt.requirements:
            satisfying &= self.node_class_types.satisfying(both[key])
        offered = satisfying & self._with_offering(both)
        fitting = 0
        for group in self.groups:
            among = offered & group.type_set
            if among and not ports_conflict(group.host_ports, pod.host_ports):
                fitting |= self.overlaid.fitting(add(pod.requests, group.requests), among)
        unmet = self._unmet_min_values(both, fitting)

        def rejections() -> Rejections:
            rejected = list(self._unsatisfied(both, self.launchable & ~satisfying))
            if satisfying & ~offered:
                rejected.append((satisfying & ~offered, (self._no_offering(both),)))
            for group in self.groups:
                rejected += self._unfitting(pod, group, offered & group.type_set & ~fitting)
            if unmet:
                rejected.append((fitting, tuple(map(MinValuesNotMet, unmet))))
            return tuple(rejected)

        return Fit(self.catalogue, 0 if unmet else fitting, rejections, attempt=attempt.given_up)

    @cached_property
    def groups(self) -> list[OverheadGroup]:
        """The types that the pool launches, grouped by the DaemonSets that Karpenter expects on them."""
        return overhead_groups(self.pool, self.node_class_types, self.launchable, self.daemon_sets)

    def _no_offering(self, requirements: Requirements) -> NoOffering:
        asked = tuple(requirements[key] for key in OFFERING_LABELS if key in requirements)
        wanted = requirements.allowed(vocabulary.CAPACITY_TYPE)
        known = self.catalogue.label_values(vocabulary.CAPACITY_TYPE)
        unknown = wanted.operator is Operator.IN and known.isdisjoint(wanted.values)
        meant = closest(min(wanted.values), known) if unknown else None
        return NoOffering(asked, self.node_class_types.node_class.selects_reservations, meant)

    def _unsatisfied(self, requirements: Requirements, rejected: int) -> Iterator[tuple[int, Reasons]]:
        """Yield sets of types with the requirements that none of a set satisfies."""
        parts: list[tuple[int, Reasons]] = [(rejected, ())]
        for requirement in requirements.values():
            unsatisfied = rejected & ~self.node_class_types.satisfying(requirement)
            if unsatisfied:
                reason = self._not_met(requirement)
                split = [(part & unsatisfied, (*reasons, reason)) for part, reasons in parts]
                split += [(part & ~unsatisfied, reasons) for part, reasons in parts]
                parts = [(part, reasons) for part, reasons in split if part]
        return iter([(part, reasons) for part, reasons in parts if part])

    def _not_met(self, requirement: Requirement) -> RequirementNotMet:
        known = self.catalogue.label_values(requirement.key)
        if requirement.operator is Operator.IN and known and known.isdisjoint(requirement.values):
            meant = likely_value(requirement.key, min(requirement.values), known)
            return RequirementNotMet(requirement, known=False, meant=meant)
        return RequirementNotMet(requirement)

    def _unfitting(self, pod: Pod, group: OverheadGroup, rejected: int) -> Iterator[tuple[int, Reasons]]:
        """Yield sets of types with the resources of which they have too little."""
        if not rejected:
            return
        if ports_conflict(group.host_ports, pod.host_ports):
            yield rejected, (HostPortTaken(),)
            return
        yield from self.shortages(pod.requests, group.requests, rejected)

    def shortages(self, requests: Amounts, overhead: Amounts, rejected: int) -> Iterator[tuple[int, Reasons]]:
        """Yield sets of types with the resources of which they cannot give what pod and DaemonSets ask for."""
        for types, reasons in self.overlaid.shortages(requests, overhead):
            if types & rejected:
                yield types & rejected, reasons

    def _unmet_min_values(self, requirements: Requirements, types: int) -> tuple[Requirement, ...]:
        """Return the requirements for which the types have fewer different values than minValues asks for.

        Zones and the like are taken to be enough: which there are is known only at run time. So are the values that
        types have which are named and not known.
        """
        unmet = tuple(
            requirement
            for requirement in requirements.values()
            if requirement.min_values is not None
            and requirement.key not in _UNKNOWN_VALUES
            and self._count_values(requirement.key, types) < requirement.min_values
        )
        return () if unmet and unknown_types(requirements, self.catalogue) else unmet

    def _count_values(self, key: str, types: int) -> int:
        if key == vocabulary.CAPACITY_TYPE:
            return len(capacity_types(types, self.node_class_types))
        return len({value for each in self.catalogue.of_set(types) for value in each.requirements.allowed(key).values})
