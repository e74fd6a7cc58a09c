"""What in a manifest needs a feature gate of Karpenter: data, with the field that asks for it."""

from __future__ import annotations

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary


class GateUse(Struct, frozen=True):
    """A field of a manifest that does nothing, or is refused, where a feature gate is off.

    Attributes:
        gate: The gate's name.
        group: The API group of the object.
        kind: The kind of the object.
        path: The path of the field within the object.
        off: What Karpenter does while the gate is off.
        source: The file of Karpenter that says so (1.15).
        nothing: The values of the field that ask for nothing.
    """

    gate: str
    group: str
    kind: str
    path: tuple[str, ...]
    off: str
    source: str
    nothing: tuple[str, ...] = ()


GATE_USES = (
    GateUse(
        "NodeOverlay",
        vocabulary.KARPENTER_GROUP,
        "NodeOverlay",
        ("spec",),
        "Karpenter reads no NodeOverlay",
        "karpenter/pkg/controllers/controllers.go",
    ),
    GateUse(
        "StaticCapacity",
        vocabulary.KARPENTER_GROUP,
        "NodePool",
        ("spec", "replicas"),
        "Karpenter leaves the pool alone: it keeps no replicas, and launches no node for pods either",
        "karpenter/pkg/controllers/controllers.go",
    ),
    GateUse(
        "ReservedCapacity",
        vocabulary.NODE_CLASS_GROUP,
        vocabulary.NODE_CLASS_KIND,
        ("spec", "capacityReservationSelectorTerms"),
        "Karpenter looks for no reservation, and launches no reserved node",
        "karpenter-provider-aws/pkg/controllers/nodeclass/capacityreservation.go",
    ),
    GateUse(
        "CapacityBuffer",
        "autoscaling.x-k8s.io",
        "CapacityBuffer",
        ("spec",),
        "Karpenter reads no CapacityBuffer",
        "karpenter/pkg/controllers/controllers.go",
    ),
    GateUse(
        "DRANVIDIAGPU",
        vocabulary.NODE_CLASS_GROUP,
        vocabulary.NODE_CLASS_KIND,
        ("metadata", "annotations", "karpenter.k8s.aws/nvidia-consumable-capacity"),
        "the EC2NodeClass never becomes ready (reason DRADisabled)",
        "karpenter-provider-aws/pkg/controllers/nodeclass/validation.go",
        ("", "disabled"),
    ),
)
"""Every field that needs a gate."""
