"""Which instance types a pool admits, which of them can host a workload, and what keeps the others out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.explain.resources import PODS, add, missing
from cdk8s_eks_gpu.quantity import format_quantity
from cdk8s_eks_gpu.requirements import (
    RUN_TIME_LABELS,
    WELL_KNOWN_LABELS,
    Conflict,
    Requirement,
    Requirements,
    appears_at_run_time,
    untolerated,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s_eks_gpu.explain.node_class import NodeClass
    from cdk8s_eks_gpu.explain.node_pool import NodePool
    from cdk8s_eks_gpu.explain.workload import Workload
    from cdk8s_eks_gpu.instances import Catalogue, InstanceType


@dataclass(frozen=True)
class Hosting:
    """Where a workload can run in one pool.

    Attributes:
        types: The instance types that can host one of its pods, sorted by name.
        rejected: The other types that the pool admits, and what keeps the workload off each of them.
        awaited_labels: For a DaemonSet, the labels that something must first put on the nodes at run time.
    """

    types: tuple[InstanceType, ...]
    rejected: Mapping[str, str]
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
        """How many of all types each requirement, taken alone, leaves out, the strictest first."""
        counts = {
            str(requirement): len(self.catalogue) - self.catalogue.satisfying(requirement).bit_count()
            for requirement in self.pool.requirements.values()
        }
        return {text: count for text, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])) if count}

    def host(self, workload: Workload) -> Hosting:
        """Return which of the admitted types can host a pod of the workload.

        As Karpenter decides: the pod tolerates the taints; the pool's requirements meet one alternative of the pod's;
        the type satisfies both; and the type has the resources for the pod and for the DaemonSets that would land on
        it. Startup taints, preferences and topology do not count.
        """
        taints = untolerated(self.pool.taints, workload.tolerations)
        if taints:
            return self._none(f"taint {', '.join(map(str, taints))} is not tolerated")
        hosting: dict[str, InstanceType] = {}
        reasons: dict[str, str] = {}
        awaited = self._awaited_labels(workload)
        for written in workload.alternatives:
            alternative = Requirements(one for one in written.values() if one.key not in awaited)
            conflicts = self._conflicts(alternative)
            if conflicts:
                alternative_reasons = dict.fromkeys((one.name for one in self.types), _text(conflicts))
                fitting: tuple[InstanceType, ...] = ()
            else:
                fitting, alternative_reasons = self._host_alternative(workload, alternative)
            hosting.update((one.name, one) for one in fitting)
            for name, reason in alternative_reasons.items():
                reasons.setdefault(name, reason)
        rejected = {one.name: reasons[one.name] for one in self.types if one.name not in hosting}
        return Hosting(tuple(one for one in self.types if one.name in hosting), rejected, awaited)

    def _host_alternative(
        self, workload: Workload, alternative: Requirements
    ) -> tuple[tuple[InstanceType, ...], dict[str, str]]:
        """Return the types that can host the workload by one alternative, and why each other one cannot."""
        both = self.pool.requirements & alternative
        fitting: list[InstanceType] = []
        reasons: dict[str, str] = {}
        satisfying = set(self.catalogue.admitted(both))
        for one in self.types:
            if one not in satisfying:
                reasons[one.name] = _text(one.requirements.intersects(both))
                continue
            overhead = self._overhead(one, besides=workload)
            wanted = add([workload.requests, overhead])
            allocatable = self.node_class.allocatable(one)
            lacking = missing(wanted, allocatable)
            if lacking:
                reasons[one.name] = "; ".join(
                    _shortage(name, workload.requests, overhead, allocatable) for name in lacking
                )
            else:
                fitting.append(one)
        unmet = unmet_min_values(both, fitting)
        if unmet:
            text = f"minValues not met by what is left: {', '.join(map(str, unmet))}"
            return (), {**reasons, **{one.name: text for one in fitting}}
        return tuple(fitting), reasons

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
        return tuple(one for one in admitted if self.node_class.supports(one))

    @cached_property
    def _landing(self) -> tuple[tuple[Workload, frozenset[InstanceType]], ...]:
        """Each DaemonSet that lands in the pool, with the types that it lands on."""
        landing = []
        for daemon in self.daemons:
            if not untolerated(self.pool.taints, daemon.tolerations):
                types = 0
                for alternative in daemon.alternatives:
                    if not self._conflicts(alternative):
                        types |= self.catalogue.admitted_set(alternative)
                if types:
                    landing.append((daemon, frozenset(self.catalogue.of_set(types))))
        return tuple(landing)

    def _overhead(self, one: InstanceType, besides: Workload) -> Mapping[str, Decimal]:
        """Return what the DaemonSets of a node of this type ask for, the workload itself left out."""
        return add(daemon.requests for daemon, types in self._landing if one in types and daemon is not besides)

    def _none(self, reason: str) -> Hosting:
        return Hosting((), dict.fromkeys((one.name for one in self.types), reason))


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


def _text(conflicts: Sequence[Conflict]) -> str:
    return "; ".join(
        f"{one} before run time" if one.existing is None and appears_at_run_time(one.incoming.key) else str(one)
        for one in conflicts
    )


def _shortage(
    name: str, requests: Mapping[str, Decimal], overhead: Mapping[str, Decimal], allocatable: Mapping[str, Decimal]
) -> str:
    has = format_quantity(allocatable.get(name, Decimal(0)))
    if name == PODS:
        return f"pods: the DaemonSets alone fill its {has}"
    daemons = overhead.get(name)
    extra = f" with the DaemonSets' {format_quantity(daemons)}" if daemons else ""
    return f"{name}: asks for {format_quantity(requests.get(name, Decimal(0)))}{extra}, has {has}"
