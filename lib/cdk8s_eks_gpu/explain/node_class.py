"""What an EC2NodeClass changes of the resources that its nodes have (Karpenter v1.14.1, instancetype/types.go)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain.resources import read_quantity
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.fields import Field
    from cdk8s_eks_gpu.instances import InstanceType

_STORAGE = "ephemeral-storage"
_RESERVED_STORAGE = parse_quantity("1Gi")
_EVICTION_SHARE = Decimal("0.1")


@dataclass(frozen=True)
class NodeClass:
    """The part of an EC2NodeClass that scheduling depends on.

    Attributes:
        name: The EC2NodeClass's name.
        efa_interfaces: How many EFA-only interfaces every node is started with, or None where Karpenter attaches as
            many as the instance type has.
        root_volume: The size of the root disk in bytes, or None for the AMI's own.
        local_storage: Whether local NVMe disks take the place of the root disk (instanceStorePolicy RAID0).
        max_pods: The most pods on a node, or None where the instance type decides.
    """

    name: str
    efa_interfaces: int | None = None
    root_volume: Decimal | None = None
    local_storage: bool = False
    max_pods: int | None = None

    def allocatable(self, instance_type: InstanceType) -> Mapping[str, Decimal]:
        """Return what a node of this class and type can give to pods, by resource, in base units."""
        changed: dict[str, Decimal] = {}
        nvme = instance_type.labels.get(vocabulary.INSTANCE_LOCAL_NVME)
        disk = parse_quantity(f"{nvme}G") if self.local_storage and nvme else self.root_volume
        if disk is not None:
            eviction = (disk * _EVICTION_SHARE).to_integral_value(ROUND_CEILING)
            changed[_STORAGE] = disk - _RESERVED_STORAGE - eviction
        if self.efa_interfaces is not None:
            changed[vocabulary.EFA] = Decimal(self.efa_interfaces)
        if self.max_pods is not None:
            changed["pods"] = Decimal(self.max_pods)
            spared = 11 * (instance_type.allocatable["pods"] - changed["pods"])  # MiB that Karpenter keeps for each pod
            changed["memory"] = instance_type.allocatable["memory"] + spared * parse_quantity("1Mi")
        return {**instance_type.allocatable, **changed} if changed else instance_type.allocatable

    def supports(self, instance_type: InstanceType) -> bool:
        """Return whether the type has the EFA interfaces that its nodes start with; Karpenter skips it if not."""
        return not self.efa_interfaces or self.efa_interfaces <= instance_type.count(vocabulary.EFA)


def read_node_class(manifest: Field) -> NodeClass:
    """Return the node class of an EC2NodeClass manifest; what is wrong with it is noted in the field."""
    spec = manifest["spec"]
    interfaces = spec["networkInterfaces"]
    efas = [interface for interface in interfaces.items() if interface["interfaceType"].text() == "efa-only"]
    return NodeClass(
        name=manifest["metadata"]["name"].text(),
        efa_interfaces=len(efas) if interfaces else None,
        root_volume=_root_volume(spec["blockDeviceMappings"]),
        local_storage=spec["instanceStorePolicy"].text() == "RAID0",
        max_pods=spec["kubelet"]["maxPods"].integer(),
    )


def _root_volume(mappings: Field) -> Decimal | None:
    """Return the size of the disk that is marked as root, or else of the one that AL2023 boots from."""
    disks = list(mappings.items())
    root = [disk for disk in disks if disk["rootVolume"].value is True]
    root = root or [disk for disk in disks if disk["deviceName"].text() == "/dev/xvda"]
    size = root[0]["ebs"]["volumeSize"] if root else None
    return read_quantity(size) if size else None
