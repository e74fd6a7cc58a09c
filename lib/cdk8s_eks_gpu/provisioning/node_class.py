"""What an EC2NodeClass makes of the resources of its nodes (Karpenter v1.14.1: instancetype/types.go, amifamily)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.resources import PODS, read_quantities, read_quantity
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests.field import Field

Amounts = Mapping[str, Decimal]

_STORAGE = "ephemeral-storage"
_MI = parse_quantity("1Mi")
_DEFAULT_DISK = parse_quantity("20Gi")
_MEMORY_EVICTION = 100 * _MI
_STORAGE_EVICTION = Decimal("0.1")
_SIGNALS = {"memory.available": "memory", "nodefs.available": _STORAGE}
_BOTTLEROCKET = "bottlerocket"


@dataclass(frozen=True)
class NodeClass:
    """The part of an EC2NodeClass that scheduling depends on.

    Attributes:
        name: The EC2NodeClass's name.
        ami_family: The family of its AMIs in small letters, such as `al2023`, or an empty text.
        efa_interfaces: How many EFA-only interfaces every node is started with, or None where Karpenter attaches as
            many as the instance type has.
        disk: The size of the disk for ephemeral storage in bytes, or None for the AMI's own.
        local_storage: Whether local NVMe disks take the place of that disk (instanceStorePolicy RAID0).
        max_pods: The most pods on a node, or None where the instance type decides.
        pods_per_core: The most pods for each vCPU, or None.
        kube_reserved: What the kubelet keeps for Kubernetes, by resource, instead of Karpenter's defaults.
        system_reserved: What it keeps for the system, by resource.
        eviction_hard: What must stay free, by resource: a share of the whole if below 1, else an amount.
    """

    name: str
    ami_family: str = ""
    efa_interfaces: int | None = None
    disk: Decimal | None = None
    local_storage: bool = False
    max_pods: int | None = None
    pods_per_core: int | None = None
    kube_reserved: Amounts = field(default_factory=dict)
    system_reserved: Amounts = field(default_factory=dict)
    eviction_hard: Amounts = field(default_factory=dict)

    def allocatable(self, one: InstanceType) -> Amounts:
        """Return what a node of this class and type can give to pods, by resource, in base units."""
        if self._changes_nothing:
            return one.allocatable
        pods = self._pods(one)
        nvme = one.labels.get(vocabulary.INSTANCE_LOCAL_NVME)
        disk = parse_quantity(f"{nvme}G") if self.local_storage and nvme else self.disk or _DEFAULT_DISK
        # Only Bottlerocket's memory follows from the pods that are allowed, all others' from those that have addresses.
        counted = pods if self.ami_family == _BOTTLEROCKET else one.allocatable[PODS]
        reserved = {
            "cpu": one.capacity("cpu") - one.allocatable["cpu"],
            "memory": (11 * counted + 255) * _MI,
            _STORAGE: 1024 * _MI,
            **self.kube_reserved,
        }
        capacity = {"cpu": one.capacity("cpu"), "memory": one.capacity("memory"), _STORAGE: disk}
        evicted = {
            "memory": _MEMORY_EVICTION,
            _STORAGE: (disk * _STORAGE_EVICTION).to_integral_value(ROUND_CEILING),
            **{name: _threshold(share, capacity[name]) for name, share in self.eviction_hard.items()},
        }
        taken = (reserved, self.system_reserved, evicted)
        left = {name: whole - sum(part.get(name, Decimal(0)) for part in taken) for name, whole in capacity.items()}
        efa = {} if self.efa_interfaces is None else {vocabulary.EFA: Decimal(self.efa_interfaces)}
        return {**one.allocatable, **left, **efa, PODS: pods}

    def supports(self, one: InstanceType) -> bool:
        """Return whether Karpenter takes the type for this class.

        It must have the EFA interfaces that nodes are started with, and AL2023 does not run on a1.
        """
        if self.ami_family == "al2023" and one.family == "a1":
            return False
        return not self.efa_interfaces or self.efa_interfaces <= one.count(vocabulary.EFA)

    @cached_property
    def _changes_nothing(self) -> bool:
        return self == NodeClass(self.name, self.ami_family)

    def _pods(self, one: InstanceType) -> Decimal:
        pods = one.allocatable[PODS] if self.max_pods is None else Decimal(self.max_pods)
        if self.pods_per_core and self.ami_family != _BOTTLEROCKET:
            return min(pods, self.pods_per_core * one.capacity("cpu"))
        return pods


def read_node_class(manifest: Field) -> NodeClass:
    """Return the node class of an EC2NodeClass manifest; what is wrong with it is noted in the field."""
    spec = manifest["spec"]
    interfaces, kubelet = spec["networkInterfaces"], spec["kubelet"]
    efas = [interface for interface in interfaces.items() if interface["interfaceType"].text() == "efa-only"]
    aliases = [alias for term in spec["amiSelectorTerms"].items() if (alias := term["alias"].text())]
    ami_family = (spec["amiFamily"].text() or "".join(aliases[:1]).partition("@")[0]).lower()
    thresholds = {name: _read_threshold(kubelet["evictionHard"][signal]) for signal, name in _SIGNALS.items()}
    return NodeClass(
        name=manifest["metadata"]["name"].text(),
        ami_family=ami_family,
        efa_interfaces=len(efas) if interfaces else None,
        disk=_disk(spec["blockDeviceMappings"], "/dev/xvdb" if ami_family == _BOTTLEROCKET else "/dev/xvda"),
        local_storage=spec["instanceStorePolicy"].text() == "RAID0",
        max_pods=kubelet["maxPods"].integer(),
        pods_per_core=kubelet["podsPerCore"].integer(),
        kube_reserved=read_quantities(kubelet["kubeReserved"]),
        system_reserved=read_quantities(kubelet["systemReserved"]),
        eviction_hard={name: threshold for name, threshold in thresholds.items() if threshold is not None},
    )


def _disk(mappings: Field, device: str) -> Decimal | None:
    """Return the size of the disk that is marked as root, or else of the one that holds ephemeral storage."""
    disks = list(mappings.items())
    marked = [disk for disk in disks if disk["rootVolume"].value is True]
    found = marked or [disk for disk in disks if disk["deviceName"].text() == device]
    size = found[0]["ebs"]["volumeSize"] if found else None
    return read_quantity(size) if size else None


def _read_threshold(signal: Field) -> Decimal | None:
    """Return an eviction threshold: a share such as `5%`, of which 100% stands for none, or an amount."""
    text = signal.text()
    if not text.endswith("%"):
        return read_quantity(signal) if text else None
    share: Decimal | None = signal.read(lambda: parse_quantity(text[:-1]) / 100)
    return Decimal(0) if share == 1 else share


def _threshold(share: Decimal, whole: Decimal) -> Decimal:
    return (whole * share).to_integral_value(ROUND_CEILING) if share < 1 else share
