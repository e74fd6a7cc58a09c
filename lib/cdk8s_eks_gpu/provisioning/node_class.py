"""An EC2NodeClass as Karpenter's scheduler sees it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct, field

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.ami_families import family_name, family_of
from cdk8s_eks_gpu.quantity import quantity_of
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER
from cdk8s_eks_gpu.releases.versions import numbers_of
from cdk8s_eks_gpu.requirements.resources import MEMORY, STORAGE, Amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool


AL2023, BOTTLEROCKET, CUSTOM, WINDOWS = "al2023", "bottlerocket", "custom", "windows"
EFA_ONLY = "efa-only"
WINDOWS_BUILDS = {"windows2019": "10.0.17763", "windows2022": "10.0.20348", "windows2025": "10.0.26100"}
"""The build of each Windows AMI family, which is a label of its nodes."""
# Since then Karpenter keeps what evictionHard says, and no longer what evictionSoft does (evictionThreshold in
# pkg/providers/instancetype/types.go of v1.8.2 and v1.9.3).
_ONLY_HARD = (1, 9)
_ALL = 100  # per cent
_SIGNALS = {"memory.available": MEMORY, "nodefs.available": STORAGE}


class NetworkInterface(Struct, frozen=True):
    """A network interface that every node of a class is started with.

    Attributes:
        card: The network card's index.
        device: The device index on that card.
        efa_only: Whether it carries EFA and no IP traffic.
    """

    card: int
    device: int
    efa_only: bool


class NodeClass(Struct, frozen=True):
    """The part of an EC2NodeClass that scheduling depends on.

    Attributes:
        name: The EC2NodeClass's name.
        ami_family: The family of its AMIs in small letters, such as `al2023`, or an empty text.
        ami_alias: The alias that names its AMI, such as `al2023@latest`, or an empty text.
        network_interfaces: The interfaces that every node is started with, or None where Karpenter decides: then a
            node has the EFA interfaces of its instance type if a pod asks for EFA.
        root_volume: The size of the volume for ephemeral storage in bytes, or None for the AMI's own.
        raid0: Whether the instance store takes the place of that volume (instanceStorePolicy RAID0).
        max_pods: The most pods on a node, or None where the instance type decides.
        pods_per_core: The most pods for each vCPU, or None.
        kube_reserved: What the kubelet keeps for Kubernetes, by resource, instead of Karpenter's defaults.
        system_reserved: What it keeps for the system, by resource.
        eviction_hard: What must stay free, by resource: a share of the whole if below 1, else an amount.
        eviction_soft: What the kubelet begins to evict at, likewise, where Karpenter keeps that too: before 1.9, and
            not of Bottlerocket.
        connection_tracking: Whether it sets idle timeouts of connections, which only Nitro instances take.
        nested_virtualization: Whether it asks for nested virtualization.
        selects_reservations: Whether it selects capacity reservations.
        reservation_ids: Their ids, where it selects all of them by id; None where it selects some otherwise, or none.
    """

    name: str
    ami_family: str = ""
    ami_alias: str = ""
    network_interfaces: tuple[NetworkInterface, ...] | None = None
    root_volume: Decimal | None = None
    raid0: bool = False
    max_pods: int | None = None
    pods_per_core: int | None = None
    kube_reserved: Amounts = field(default_factory=dict)
    system_reserved: Amounts = field(default_factory=dict)
    eviction_hard: Amounts = field(default_factory=dict)
    eviction_soft: Amounts = field(default_factory=dict)
    connection_tracking: bool = False
    nested_virtualization: bool = False
    selects_reservations: bool = False
    reservation_ids: frozenset[str] | None = None

    @property
    def is_windows(self) -> bool:
        """Whether its nodes run Windows."""
        return self.ami_family.startswith(WINDOWS)

    @property
    def efa_interfaces(self) -> int | None:
        """How many EFA interfaces every node is started with, or None where that depends on the pods."""
        if self.network_interfaces is None:
            return None
        return sum(interface.efa_only for interface in self.network_interfaces)


def read_node_class(manifest: Cursor, karpenter: str = DEFAULT_KARPENTER) -> NodeClass:
    """Return the node class of an EC2NodeClass manifest, as a version of Karpenter reads it."""
    spec = manifest["spec"]
    kubelet = spec["kubelet"]
    ami_family, ami_alias = read_ami(spec)
    reservations = [term["id"].text() for term in spec["capacityReservationSelectorTerms"].objects()]
    keeps_soft = numbers_of(karpenter) < _ONLY_HARD and ami_family != BOTTLEROCKET
    return NodeClass(
        name=manifest["metadata"]["name"].text(),
        ami_family=ami_family,
        ami_alias=ami_alias,
        network_interfaces=_read_interfaces(spec["networkInterfaces"]),
        root_volume=_read_root_volume(spec["blockDeviceMappings"], ami_family),
        raid0=spec["instanceStorePolicy"].text() == "RAID0",
        max_pods=kubelet["maxPods"].integer(),
        pods_per_core=kubelet["podsPerCore"].integer(),
        kube_reserved=kubelet["kubeReserved"].quantities(),
        system_reserved=kubelet["systemReserved"].quantities(),
        eviction_hard=_read_thresholds(kubelet["evictionHard"]),
        eviction_soft=_read_thresholds(kubelet["evictionSoft"]) if keeps_soft else {},
        connection_tracking=bool(spec["connectionTracking"]),
        nested_virtualization=spec["cpuOptions"]["nestedVirtualization"].text() == "enabled",
        selects_reservations=bool(spec["capacityReservationSelectorTerms"].value),
        reservation_ids=frozenset(reservations) if reservations and all(reservations) else None,
    )


def read_ami(spec: Cursor) -> tuple[str, str]:
    """Return the AMI family, in small letters, and the first alias of a spec; empty texts where it has none."""
    aliases = (term["alias"].text() for term in spec["amiSelectorTerms"].items())
    alias = next(filter(None, aliases), "")
    return family_name(spec["amiFamily"].text(), alias), alias


def _read_interfaces(interfaces: Cursor) -> tuple[NetworkInterface, ...] | None:
    if not isinstance(interfaces.value, list):
        return None
    return tuple(
        NetworkInterface(
            _index(interface["networkCardIndex"]),
            _index(interface["deviceIndex"]),
            efa_only=interface["interfaceType"].text() == EFA_ONLY,
        )
        for interface in interfaces.objects()
    )


def _index(value: Cursor) -> int:
    """Return an index; 0, its default, for a negative one, which the CRD refuses."""
    return max(value.integer() or 0, 0)


def _read_root_volume(mappings: Cursor, ami_family: str) -> Decimal | None:
    """Return the size of the volume that is marked as root, or else of the one that holds ephemeral storage.

    As in Karpenter: the volume of a custom AMI is the last one.
    """
    volumes = list(mappings.objects())
    root = next((volume for volume in volumes if volume["rootVolume"].value is True), None)
    size = root["ebs"]["volumeSize"] if root else None
    if size:
        return size.quantity()
    if ami_family == CUSTOM:
        holding = volumes[-1:]
    else:
        disk = family.data_disk if (family := family_of(ami_family)) else None
        device = disk.device if disk else "/dev/xvda"
        holding = [volume for volume in volumes if volume["deviceName"].text() == device]
    return holding[0]["ebs"]["volumeSize"].quantity() if holding else None


def _read_thresholds(signals: Cursor) -> Amounts:
    thresholds = {name: _read_threshold(signals[signal]) for signal, name in _SIGNALS.items()}
    return {name: threshold for name, threshold in thresholds.items() if threshold is not None}


def _read_threshold(signal: Cursor) -> Decimal | None:
    """Return an eviction threshold: a share such as `5%`, of which 100% stands for none, or an amount."""
    text = signal.text()
    if not text.endswith("%"):
        return signal.quantity() if text else None
    percentage = quantity_of(text[:-1])
    if percentage is None:
        return None
    return Decimal(0) if percentage == _ALL else percentage / _ALL


def nearest_class(classes: Sequence[KubernetesObject], pool: KubernetesObject) -> KubernetesObject | None:
    """Return which of the classes of a name is the pool's: folders of alternatives have several.

    That of its file, then of its folder or kustomization, then the last, as kubectl would leave it.
    """
    if not classes:
        return None
    nearness = [(each.file == pool.file, each.applied_with == pool.applied_with, at) for at, each in enumerate(classes)]
    return classes[max(nearness)[2]]


def unknown_class(pool: NodePool) -> NodeClass:
    """Return what is taken of a node class that the manifests do not have: what lets the pool launch something.

    It may select reservations, and its AMIs are of the operating system that the pool asks for.
    """
    system = pool.requirements.allowed(vocabulary.OS)
    ami_family = WINDOWS if "windows" in system and "linux" not in system else ""
    return NodeClass(pool.node_class, ami_family, selects_reservations=True)
