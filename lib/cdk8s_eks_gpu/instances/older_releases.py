"""An instance type as an older release of Karpenter sees it.

Sources: `pkg/providers/instancetype/types.go` of aws/karpenter-provider-aws v1.0.14 and v1.8.2; its upgrade guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.releases.versions import numbers_of

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances.instance_type import InstanceType

_KNOWS_NEURON = (1, 1)
_ACCELERATOR = f"{vocabulary.NODE_CLASS_GROUP}/instance-accelerator-"
CHANGED_LABELS = frozenset(
    {vocabulary.INSTANCE_NETWORK_BANDWIDTH, *(f"{_ACCELERATOR}{each}" for each in ("count", "manufacturer", "name"))}
)
"""The labels that a type may have otherwise for an older release than for the newest."""
_NEURON_CORE = "aws.amazon.com/neuroncore"


def seen_by(karpenter: str, instance_type: InstanceType) -> InstanceType:
    """Return the type as a minor version of Karpenter sees it; the very same where that is no different."""
    version = numbers_of(karpenter)
    if not instance_type.since or numbers_of(instance_type.since) > version:
        instance_type = _without_limits(instance_type)
    if version[:2] < _KNOWS_NEURON and instance_type.labels.get(f"{_ACCELERATOR}manufacturer") == "aws":
        instance_type = _without_neuron(instance_type)
    return instance_type


def _without_limits(instance_type: InstanceType) -> InstanceType:
    """Return a type that the release's own tables lack: without the network's bandwidth and interfaces for pods."""
    labels, quantities = dict(instance_type.labels), dict(instance_type.quantities)
    labels.pop(vocabulary.INSTANCE_NETWORK_BANDWIDTH, None)
    quantities.pop(vocabulary.POD_ENI, None)
    return replace(instance_type, labels=labels, quantities=quantities, has_limits=False)


def _without_neuron(instance_type: InstanceType) -> InstanceType:
    """Return a type of Neuron devices as 1.0 sees it: no cores, all of them `inferentia`, and of Trainium trn1 only."""
    labels, quantities = dict(instance_type.labels), dict(instance_type.quantities)
    quantities.pop(_NEURON_CORE, None)
    labels[f"{_ACCELERATOR}name"] = "inferentia"
    if instance_type.name.startswith("trn") and not instance_type.name.startswith("trn1"):
        quantities.pop(vocabulary.NEURON, None)
        labels = {key: value for key, value in labels.items() if not key.startswith(_ACCELERATOR)}
    return replace(instance_type, labels=labels, quantities=quantities)
