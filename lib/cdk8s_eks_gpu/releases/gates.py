"""What in a manifest needs a feature gate of Karpenter: data, with the field that asks for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GateUse:
    """A field of a manifest that does nothing, or is refused, where a feature gate is off.

    Attributes:
        gate: The gate's name.
        kind: The kind of the object.
        path: The path of the field within the object.
        off: What Karpenter does while the gate is off.
        source: The file of Karpenter that says so (1.15).
    """

    gate: str
    kind: str
    path: tuple[str, ...]
    off: str
    source: str


_USES = (
    GateUse(
        "NodeOverlay",
        "NodeOverlay",
        ("spec",),
        "Karpenter reads no NodeOverlay",
        "karpenter/pkg/controllers/controllers.go",
    ),
    GateUse(
        "StaticCapacity",
        "NodePool",
        ("spec", "replicas"),
        "Karpenter leaves the pool alone: it keeps no replicas, and launches no node for pods either",
        "karpenter/pkg/controllers/controllers.go",
    ),
    GateUse(
        "ReservedCapacity",
        "EC2NodeClass",
        ("spec", "capacityReservationSelectorTerms"),
        "Karpenter looks for no reservation, and launches no reserved node",
        "karpenter-provider-aws/pkg/controllers/nodeclass/capacityreservation.go",
    ),
    GateUse(
        "CapacityBuffer",
        "CapacityBuffer",
        ("spec",),
        "Karpenter reads no CapacityBuffer",
        "karpenter/pkg/controllers/controllers.go",
    ),
    GateUse(
        "DRANVIDIAGPU",
        "EC2NodeClass",
        ("metadata", "annotations", "karpenter.k8s.aws/nvidia-consumable-capacity"),
        "the EC2NodeClass never becomes ready (reason DRADisabled)",
        "karpenter-provider-aws/pkg/controllers/nodeclass/validation.go",
    ),
)


def gate_uses() -> tuple[GateUse, ...]:
    """Return every field that needs a gate."""
    return _USES
