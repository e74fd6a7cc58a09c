"""Which instance types of a pool fit a pod, as the kube-scheduler says it (FitError), and why the others do not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.provisioning.reasons import Reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdk8s_eks_gpu.instances import Catalogue, InstanceType

Rejections = tuple[tuple[int, Reasons], ...]
"""Sets of types, and the reasons that all types of a set share."""


class Fit:
    """How a pod fits the nodes of one pool.

    Attributes:
        type_set: The set of instance types that can host one of its pods.
        attempt: Which of the workload's attempts found them; 0 for the first.
        awaited_labels: For a DaemonSet, the labels that something puts on the nodes at run time, and that it waits for.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        type_set: int,
        rejections: Callable[[], Rejections],
        *,
        attempt: int = 0,
        awaited_labels: tuple[str, ...] = (),
    ) -> None:
        """Hold the types; `rejections` is called only to explain why others are left out."""
        self._catalogue = catalogue
        self._rejections = rejections
        self.type_set = type_set
        self.attempt = attempt
        self.awaited_labels = awaited_labels

    @cached_property
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types that can host one of its pods, sorted by name."""
        return self._catalogue.of_set(self.type_set)

    @cached_property
    def rejections(self) -> Rejections:
        """The other types that the pool launches, in sets that share their reasons."""
        return self._rejections()

    @cached_property
    def rejected(self) -> Mapping[str, Reasons]:
        """The same types by name, sorted, each with its reasons."""
        reasons = {
            instance_type.name: reasons
            for types, reasons in self.rejections
            for instance_type in self._catalogue.of_set(types)
        }
        return dict(sorted(reasons.items()))
