"""What an AMI family means for disks and user data (Karpenter v1.14, "NodeClasses")."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

GIB = 2**30


class Disk(Struct, frozen=True):
    """A disk that comes with the AMI.

    Attributes:
        device: The device's name.
        snapshot: The size of its snapshot in GiB: EC2 starts no instance with a smaller volume in its place.
    """

    device: str
    snapshot: int


class AmiFamily(Struct, frozen=True):
    """An AMI family.

    Attributes:
        name: As EC2NodeClass.spec.amiFamily has it.
        disks: Its disks. The last has the container images and what the kubelet keeps.
    """

    name: str
    disks: tuple[Disk, ...]

    @property
    def data_disk(self) -> Disk | None:
        """The disk with container images and what pods write; None for a family that we know nothing of."""
        return self.disks[-1] if self.disks else None


# Sizes as Karpenter's defaults (pkg/providers/amifamily, v1.14.1), which are those of the AMIs' own snapshots.
_LINUX = (Disk("/dev/xvda", 20),)
_WINDOWS = (Disk("/dev/sda1", 50),)

AMI_FAMILIES: Final = {
    family.name: family
    for family in (
        AmiFamily("AL2", _LINUX),
        AmiFamily("AL2023", _LINUX),
        AmiFamily("Bottlerocket", (Disk("/dev/xvda", 4), Disk("/dev/xvdb", 20))),
        AmiFamily("Windows2019", _WINDOWS),
        AmiFamily("Windows2022", _WINDOWS),
        AmiFamily("Windows2025", _WINDOWS),
        AmiFamily("Custom", ()),
    )
}
_BY_NAME = {name.lower(): family for name, family in AMI_FAMILIES.items()}


def family_name(ami_family: str, alias: str) -> str:
    """Return the family that `amiFamily` names, or else an alias such as `al2023@v20251112`, in small letters."""
    return (ami_family or alias.partition("@")[0]).lower()


def family_of(name: str) -> AmiFamily | None:
    """Return the family of a name in small letters; None where nothing is known of it."""
    return _BY_NAME.get(name)
