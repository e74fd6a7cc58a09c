"""The feature gates of Karpenter that an object needs and that are off by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.releases import GATE_USES, FeatureGate, GateUse, KarpenterRelease

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject


class NeededGate(Struct, frozen=True):
    """A field of an object that needs a feature gate.

    Attributes:
        kind: The object's kind.
        name: The object's name.
        use: The field, and what Karpenter does while the gate is off.
        gate: The gate, which is off by default.
        karpenter: The minor version of Karpenter.
    """

    kind: str
    name: str
    use: GateUse
    gate: FeatureGate
    karpenter: str


def needed_gates(manifest: KubernetesObject, release: KarpenterRelease) -> Iterator[NeededGate]:
    """Yield each field of the object that needs a gate which the release has, and off by default."""
    for use in gate_uses(manifest):
        gate = release.feature_gates.get(use.gate)
        if gate is not None and not gate.default:
            yield NeededGate(manifest.kind, manifest.name, use, gate, release.minor)


def gate_uses(manifest: KubernetesObject) -> Iterator[GateUse]:
    """Yield each field of the object that needs a gate; a pool that no Karpenter of one's own launches needs none."""
    for use in GATE_USES:
        if (manifest.group, manifest.kind) == (use.group, use.kind) and not _is_of_others(manifest):
            value = manifest.cursor.at(*use.path)
            if value and value.value not in use.nothing:
                yield use


def _is_of_others(manifest: KubernetesObject) -> bool:
    """Return whether it is a pool whose nodes no Karpenter of one's own launches."""
    group = manifest.cursor.at("spec", "template", "spec", "nodeClassRef", "group").text()
    return manifest.kind == "NodePool" and group not in {"", vocabulary.NODE_CLASS_GROUP}
