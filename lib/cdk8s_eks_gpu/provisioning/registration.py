"""How the devices of a pool's nodes get registered: which DaemonSets land there, once others have set their labels.

NVIDIA's plugin waits for a label that only the worker of node feature discovery sets, which must land first.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.fit import Fit, Rejections
from cdk8s_eks_gpu.provisioning.reasons import (
    IncompatibleRequirement,
    LabelNotDefined,
    LabelNotSet,
    Reason,
    RequirementNotMet,
    TaintNotTolerated,
)
from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements, appears_at_run_time, untolerated
from cdk8s_eks_gpu.requirements.resources import Amounts, add

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s_eks_gpu.provisioning.device_plugins import DevicePlugin
    from cdk8s_eks_gpu.provisioning.pod import Pod
    from cdk8s_eks_gpu.provisioning.pool_instance_types import PoolInstanceTypes
    from cdk8s_eks_gpu.provisioning.workload import Workload


_NVIDIA_GPU = Requirement.of(vocabulary.GPU_MANUFACTURER, Operator.IN, "nvidia")


class Registration:
    """The DaemonSets on the nodes of one pool, as the kube-scheduler places them in the end."""

    def __init__(self, types: PoolInstanceTypes, plugins: Sequence[tuple[DevicePlugin, Workload]]) -> None:
        """Take the pool's types, and the DaemonSets that are rows of the table of device plugins."""
        self._types = types
        self._plugins = plugins

    def fit(self, pod: Pod) -> Fit:
        """Return the instance types on whose nodes the pod of a DaemonSet lands in the end, and why not on others."""
        pool, launchable, catalogue = self._types.pool, self._types.launchable, self._types.catalogue
        taints = untolerated(pool.taints, pod.tolerations)
        if taints:
            reasons = tuple(map(TaintNotTolerated, taints))
            return Fit(catalogue, 0, lambda: ((launchable, reasons),))
        selected = 0
        awaited: set[str] = set()
        for term in pod.terms:
            types, labels = self._selected(term, self._scheduled)
            selected |= types
            awaited |= labels if types else set()
        fitting = 0
        for types, overhead in self._overheads(pod):
            wanted = add(pod.requests, overhead)
            fitting |= self._types.overlaid.fitting(wanted, selected & types)

        def rejections() -> Rejections:
            left_out = launchable & ~selected
            rejected = [(left_out, self._reasons(pod))] if left_out else []
            for types, overhead in self._overheads(pod):
                lacking = selected & types & ~fitting
                if lacking:
                    rejected += self._types.shortages(pod.requests, overhead, lacking)
            return tuple(rejected)

        return Fit(catalogue, fitting, rejections, awaited_labels=tuple(sorted(awaited)))

    def _overheads(self, pod: Pod) -> list[tuple[int, Amounts]]:
        """Return the types by what the other DaemonSets on them ask for."""
        return [
            (
                group.type_set,
                add(
                    group.requests,
                    *(
                        {name: -amount for name, amount in pod.requests.items()}
                        for each in group.daemon_sets
                        if each.include(pod)
                    ),
                ),
            )
            for group in self._types.groups
        ]

    @cached_property
    def _scheduled(self) -> Mapping[str, int]:
        """For each row of the table, the types on whose nodes it lands, until no more labels come of it."""
        scheduled: dict[str, int] = {}
        while True:
            more = dict(scheduled)
            for plugin, workload in self._plugins:
                if not untolerated(self._types.pool.taints, workload.pod.tolerations):
                    for term in workload.pod.terms:
                        more[plugin.name] = more.get(plugin.name, 0) | self._selected(term, scheduled)[0]
            if more == scheduled:
                return scheduled
            scheduled = more

    def _selected(self, term: Requirements, scheduled: Mapping[str, int]) -> tuple[int, set[str]]:
        """Return the types that a term selects, and the labels that it waits for, with what has landed so far."""
        pool, types = self._types.pool, self._types.launchable
        awaited = set()
        for key, requirement in term.items():
            existing = pool.requirements.get(key)
            if existing is not None and not existing.intersects(requirement):
                types &= types if existing.refuses and requirement.refuses else 0
            if key in self._types.node_class_types.release.well_known_labels:
                types &= self._types.node_class_types.satisfying(requirement)
            elif existing is None and not requirement.refuses:
                types &= self._labelled(key, scheduled)
                awaited.add(key)
        return types, awaited

    def _labelled(self, key: str, scheduled: Mapping[str, int]) -> int:
        """Return the types on whose nodes something sets the label."""
        labelled = 0
        for plugin, _ in self._plugins:
            if plugin.sets(key):
                types = scheduled.get(plugin.name, 0) & scheduled.get(plugin.through or plugin.name, 0)
                labelled |= types & self._with_gpu  # what sets labels does so for GPUs
        return labelled

    def _is_awaited(self, key: str) -> bool:
        """Return whether there are nodes on which nothing sets the label."""
        return bool(self._types.launchable & ~self._labelled(key, self._scheduled))

    @cached_property
    def _with_gpu(self) -> int:
        """The launchable types with a GPU of NVIDIA. A fraction of one counts: node features tell of it too."""
        types, launchable = self._types.node_class_types, self._types.launchable
        return types.with_capacity_of(vocabulary.GPU, launchable) | (launchable & types.satisfying(_NVIDIA_GPU))

    def _reasons(self, pod: Pod) -> tuple[Reason, ...]:
        """Return what keeps the DaemonSet off the nodes by the labels that it selects."""
        reasons: dict[Reason, None] = {}
        for term in pod.terms:
            for key, requirement in term.items():
                existing = self._types.pool.requirements.get(key)
                if existing is not None and not existing.intersects(requirement):
                    reasons[IncompatibleRequirement(requirement, existing)] = None
                elif key in self._types.node_class_types.release.well_known_labels:
                    if self._types.launchable & ~self._types.node_class_types.satisfying(requirement):
                        reasons[RequirementNotMet(requirement)] = None
                elif existing is None and not requirement.refuses and self._is_awaited(key):
                    reasons[LabelNotSet(key) if appears_at_run_time(key) else LabelNotDefined(key)] = None
        return tuple(reasons)
