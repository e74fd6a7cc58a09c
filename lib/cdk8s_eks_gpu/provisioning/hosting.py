"""Which instance types a pool admits, which of them can host a workload, and what keeps the others out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.provisioning.cause import Cause, Causes, pool_cause, restricted_cause, shortage, type_cause
from cdk8s_eks_gpu.provisioning.resources import add, missing
from cdk8s_eks_gpu.quantity import format_quantity
from cdk8s_eks_gpu.requirements import (
    RUN_TIME_LABELS,
    WELL_KNOWN_LABELS,
    Conflict,
    Requirement,
    Requirements,
    appears_at_run_time,
    is_restricted,
    untolerated,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from cdk8s_eks_gpu.instances import Catalogue, InstanceType
    from cdk8s_eks_gpu.provisioning.node_class import NodeClass
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool
    from cdk8s_eks_gpu.provisioning.workload import Workload


@dataclass(frozen=True)
class Hosting:
    """Where a workload can run in one pool.

    Attributes:
        types: The instance types that can host one of its pods, sorted by name.
        rejected: The other types that the pool admits, by name, and what keeps the workload off each of them.
        awaited_labels: For a DaemonSet, the labels that something must first put on the nodes at run time.
    """

    types: tuple[InstanceType, ...]
    rejected: Mapping[str, Causes]
    awaited_labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class PoolOfTypes:
    """A pool over a catalogue of instance types.

    Attributes:
        pool: The NodePool.
        node_class: Its EC2NodeClass; one that changes nothing where it is not known.
        catalogue: All instance types.
        daemons: The DaemonSets of the cluster.
    """

    pool: NodePool
    node_class: NodeClass
    catalogue: Catalogue
    daemons: Sequence[Workload] = ()

    @cached_property
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types that the pool admits, sorted by name; none where its minValues are not met."""
        return () if self.unmet_min_values else self._admitted

    @cached_property
    def unmet_min_values(self) -> tuple[Requirement, ...]:
        """The requirements whose minValues the admitted types do not meet; Karpenter then makes no node at all."""
        return unmet_min_values(self.pool.requirements, self._admitted)

    @cached_property
    def left_out(self) -> Mapping[str, int]:
        """How many of all types each requirement and each limit, taken alone, leaves out, the strictest first."""
        counts = {
            str(requirement): len(self.catalogue) - self.catalogue.satisfying(requirement).bit_count()
            for requirement in self.pool.requirements.values()
        }
        for name, limit in self.pool.limits.items():
            count = sum(one.capacity(name) > limit for one in self.catalogue.values())
            counts[f"limits {name} {format_quantity(limit)}"] = count
        return {text: count for text, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])) if count}

    def host(self, workload: Workload) -> Hosting:
        """Return which of the admitted types can host a pod of the workload.

        As Karpenter decides: the pod tolerates the taints; the pool's requirements meet one alternative of the pod's;
        the type satisfies both; and the type has the resources for the pod and for the DaemonSets that would land on
        it. Startup taints, preferences and topology do not count.
        """
        causes = self._causes_everywhere(workload)
        if causes:
            return Hosting((), dict.fromkeys((one.name for one in self.types), causes))
        awaited = self._awaited_labels(workload)
        causes_of: dict[str, Causes] = {}
        hosting: set[str] = set()
        for written in workload.alternatives:
            alternative = Requirements(one for one in written.values() if one.key not in awaited)
            rejected = self._rejected(workload, alternative)
            hosting.update(one.name for one in self.types if one.name not in rejected)
            causes_of = {**rejected, **causes_of}  # the first alternative, which Karpenter tries first, says why not
        return Hosting(
            tuple(one for one in self.types if one.name in hosting),
            {one.name: causes_of[one.name] for one in self.types if one.name not in hosting},
            awaited,
        )

    def _causes_everywhere(self, workload: Workload) -> Causes:
        """Return what keeps the workload off every type of the pool, whatever it selects beside."""
        taints = untolerated(self.pool.taints, workload.tolerations)
        causes = [Cause("taint", str(taint), "is not tolerated") for taint in taints]
        if not workload.is_daemon:
            selected = {key for alternative in workload.alternatives for key in alternative}
            causes += [restricted_cause(key) for key in sorted(selected) if is_restricted(key)]
        return tuple(causes)

    def _rejected(self, workload: Workload, alternative: Requirements) -> dict[str, Causes]:
        """Return the types that cannot host the workload by one alternative, and why."""
        conflicts = self._conflicts(alternative)
        if conflicts:
            causes = tuple(map(pool_cause, conflicts))
            return {one.name: causes for one in self.types}
        both = self.pool.requirements & alternative
        satisfying = frozenset(self.catalogue.admitted(both))
        rejected: dict[str, Causes] = {}
        left: list[InstanceType] = []
        for daemons, types in self._groups:
            overhead = add(daemon.requests for daemon in daemons if daemon is not workload)
            wanted = add([workload.requests, overhead])
            for one in types:
                allocatable = self._allocatable[one.name]
                if one not in satisfying:
                    rejected[one.name] = tuple(
                        type_cause(conflict, self.catalogue) for conflict in one.requirements.intersects(both)
                    )
                elif lacking := missing(wanted, allocatable):
                    rejected[one.name] = tuple(
                        shortage(name, workload.requests.get(name), overhead.get(name), allocatable.get(name))
                        for name in lacking
                    )
                else:
                    left.append(one)
        unmet = tuple(
            Cause("minValues", str(requirement), "is not met by the types that are left")
            for requirement in unmet_min_values(both, left)
        )
        return {**rejected, **{one.name: unmet for one in left if unmet}}

    def _awaited_labels(self, workload: Workload) -> tuple[str, ...]:
        """Return the labels that a DaemonSet, which can wait for them, selects and only appear at run time.

        For any other pod they are a conflict: Karpenter makes no node in the hope that a label will appear on it.
        """
        if not workload.is_daemon:
            return ()
        selected = {key for alternative in workload.alternatives for key in alternative}
        return tuple(sorted(key for key in selected - self.pool.requirements.keys() if appears_at_run_time(key)))

    def _conflicts(self, alternative: Requirements) -> tuple[Conflict, ...]:
        return self.pool.requirements.compatible(alternative, allow_undefined=WELL_KNOWN_LABELS)

    @cached_property
    def _admitted(self) -> tuple[InstanceType, ...]:
        admitted = self.catalogue.admitted(self.pool.requirements)
        return tuple(one for one in admitted if self.node_class.supports(one) and self._within_limits(one))

    def _within_limits(self, one: InstanceType) -> bool:
        """Return whether one node leaves the pool within its limits; Karpenter never makes one that does not."""
        return all(one.capacity(name) <= limit for name, limit in self.pool.limits.items())

    @cached_property
    def _allocatable(self) -> Mapping[str, Mapping[str, Decimal]]:
        return {one.name: self.node_class.allocatable(one) for one in self.types}

    @cached_property
    def _groups(self) -> Sequence[tuple[tuple[Workload, ...], Sequence[InstanceType]]]:
        """The admitted types, grouped by the DaemonSets that Karpenter expects on them."""
        landing = [(daemon, self._landing(daemon)) for daemon in self.daemons]
        groups: dict[tuple[int, ...], list[InstanceType]] = {}
        for one in self.types:
            key = tuple(position for position, (_, types) in enumerate(landing) if one in types)
            groups.setdefault(key, []).append(one)
        return [(tuple(self.daemons[position] for position in key), types) for key, types in groups.items()]

    def _landing(self, daemon: Workload) -> frozenset[InstanceType]:
        """Return the types that Karpenter expects the DaemonSet on: labels that appear at run time are not foreseen."""
        if untolerated(self.pool.taints, daemon.tolerations):
            return frozenset()
        types = 0
        for alternative in daemon.alternatives:
            if not self._conflicts(alternative):
                types |= self.catalogue.admitted_set(alternative)
        return frozenset(self.catalogue.of_set(types))


def unmet_min_values(requirements: Requirements, types: Sequence[InstanceType]) -> tuple[Requirement, ...]:
    """Return the requirements for which the types have fewer different values than minValues asks for.

    Zones, capacity types and the like are taken to be enough: which there are is known only at run time.
    """
    unmet = []
    for requirement in requirements.values():
        if requirement.min_values is not None and requirement.key not in RUN_TIME_LABELS:
            values = {value for one in types for value in one.requirements.allowed(requirement.key).values}
            if len(values) < requirement.min_values:
                unmet.append(requirement)
    return tuple(unmet)
