"""What keeps a workload off an instance type, in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.quantity import format_quantity
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Operator, appears_at_run_time
from cdk8s_eks_gpu.requirements.labels import likely_meant

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances import Catalogue
    from cdk8s_eks_gpu.requirements import Conflict


@dataclass(frozen=True)
class Cause:
    """One thing that keeps a workload off an instance type.

    Attributes:
        kind: `requirement`, `label`, `taint`, `resource` or `minValues`.
        what: The requirement, label, taint or resource.
        detail: What is wrong with it on this type.
    """

    kind: str
    what: str
    detail: str

    def __str__(self) -> str:
        """Return it as one line: `resource nvidia.com/gpu: asks for 1, has 0`."""
        return f"{self.kind} {self.what}: {self.detail}"


Causes = tuple[Cause, ...]


def pool_cause(conflict: Conflict) -> Cause:
    """Return why the pool does not meet what a pod asks for."""
    key = conflict.incoming.key
    if conflict.existing is not None:
        return Cause("requirement", str(conflict.incoming), f"the pool has {conflict.existing}")
    if appears_at_run_time(key):
        return Cause("label", key, "appears only at run time, and Karpenter does not foresee it")
    hint = f"; did you mean {conflict.hint!r}?" if conflict.hint else ""
    return Cause("label", key, f"the pool does not define it{hint}")


def type_cause(conflict: Conflict, catalogue: Catalogue) -> Cause:
    """Return why a type does not satisfy what pool and pod ask for."""
    asked = conflict.incoming
    known = catalogue.label_values(asked.key)
    if asked.operator is Operator.IN and known.isdisjoint(asked.values):
        hint = did_you_mean(min(asked.values), known)
        return Cause("requirement", str(asked), f"no known instance type has such a value{hint}")
    return Cause("requirement", str(asked), "is not met")


def restricted_cause(key: str) -> Cause:
    """Return why a pod that selects a restricted label gets no node at all."""
    meant = likely_meant(key, sorted(WELL_KNOWN_LABELS))
    hint = f"; did you mean {meant!r}?" if meant else ""
    return Cause("label", key, f"Karpenter makes no node for a pod that selects it{hint}")


@lru_cache(maxsize=4096)  # pools share their types, and so what these lack
def shortage(name: str, asked: Decimal | None, of_daemons: Decimal | None, has: Decimal | None) -> Cause:
    """Return what a type lacks of a resource: how much the pod and the DaemonSets ask for, and how much there is."""
    extra = f" with {format_quantity(of_daemons)} for DaemonSets" if of_daemons else ""
    detail = f"asks for {format_quantity(asked or Decimal(0))}{extra}, has {format_quantity(has or Decimal(0))}"
    return Cause("resource", name, detail)
