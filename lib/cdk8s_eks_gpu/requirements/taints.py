"""Taints and tolerations, as the scheduler and Karpenter compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.requirements.requirement import as_integer

if TYPE_CHECKING:
    from collections.abc import Iterable


class Taint(Struct, frozen=True):
    """Keeps pods off a node unless they tolerate it.

    Attributes:
        key: The taint's key.
        effect: NoSchedule, PreferNoSchedule or NoExecute.
        value: The taint's value, empty where it has none.
    """

    key: str
    effect: str
    value: str = ""

    def __str__(self) -> str:
        """Return it as kubectl writes it: `nvidia.com/gpu=present:NoSchedule`."""
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


class Toleration(Struct, frozen=True):
    """Lets a pod onto nodes with a matching taint.

    Attributes:
        key: The key of the taints; empty for any, which needs the operator Exists.
        operator: Exists, Equal, Lt or Gt. The last two compare integers (Kubernetes 1.35 and newer).
        value: The value to compare.
        effect: The effect of the taints; empty for any.
    """

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def tolerates(self, taint: Taint) -> bool:
        """Return whether the pod may stand the taint."""
        if self.effect not in {"", taint.effect} or self.key not in {"", taint.key}:
            return False
        if self.operator == "Exists":
            return True
        if self.operator == "Equal":
            return self.value == taint.value
        own, other = as_integer(self.value), as_integer(taint.value)
        if own is None or other is None:
            return False
        return other < own if self.operator == "Lt" else other > own


def untolerated(
    taints: Iterable[Taint], tolerations: Iterable[Toleration], *, preferences: bool = False
) -> tuple[Taint, ...]:
    """Return the taints that keep the pod off.

    PreferNoSchedule never excludes a pod for good; with `preferences` it counts too, as until Karpenter relaxes what is
    merely preferred.
    """
    known = tuple(tolerations)
    return tuple(
        taint
        for taint in taints
        if (preferences or taint.effect != "PreferNoSchedule")
        and not any(toleration.tolerates(taint) for toleration in known)
    )
