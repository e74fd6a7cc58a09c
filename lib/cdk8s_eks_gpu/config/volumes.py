"""What EC2 and Karpenter refuse of the disks of a node, or take and do something else with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.provisioning.ami_families import GIB, AmiFamily
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.config.node_class import NodeClassOptions
    from cdk8s_eks_gpu.manifests import Path


# "Amazon EBS volume types" of the Amazon EBS User Guide.
_IOPS = {"gp3": (3_000, 80_000), "io1": (100, 64_000), "io2": (100, 256_000)}
_THROUGHPUT = (125, 2_000)


def volume_problems(options: NodeClassOptions, family: AmiFamily | None) -> Iterator[tuple[Path, str]]:
    """Find what is wrong with the disks of a node class: a path in it, and a message with the fix."""
    root = options.root_volume
    if root is not None:
        yield from _device_problems(options, family)
        yield from _rate_problems(root.type, root.iops, root.throughput, ("rootVolume",))
        if root.kms_key_id is not None and not root.encrypted:
            message = "is a key, and encrypted: false leaves the volume open: remove one of them"
            yield ("rootVolume", "kmsKeyID"), message
        yield from _size_problems(root.size, _device(options, family), family, ("rootVolume", "size"))
    for at, mapping in enumerate(options.block_device_mappings or ()):
        ebs, path = mapping.ebs, ("blockDeviceMappings", at, "ebs")
        if ebs is not None:
            yield from _rate_problems(ebs.volume_type, ebs.iops, ebs.throughput, path)
            if ebs.volume_size is not None and ebs.snapshot_id is None:
                yield from _size_problems(ebs.volume_size, mapping.device_name, family, (*path, "volumeSize"))


def _device(options: NodeClassOptions, family: AmiFamily | None) -> str | None:
    """Return the device that `rootVolume` is for."""
    if options.root_volume is not None and options.root_volume.device is not None:
        return options.root_volume.device
    return family.data_disk.device if family is not None and family.data_disk is not None else None


def _device_problems(options: NodeClassOptions, family: AmiFamily | None) -> Iterator[tuple[Path, str]]:
    device = _device(options, family)
    if device is None:
        message = "is needed: of an AMI of one's own the root device is not known, such as /dev/xvda or /dev/sda1"
        yield ("rootVolume", "device"), message
    elif family is not None and family.data_disk is not None and device != family.data_disk.device:
        wanted, others = family.data_disk.device, [disk.device for disk in family.disks]
        what = "the operating system's disk" if device in others else "no disk of it"
        message = f"'{device}' is {what} on {family.name}, which keeps images and pods' data on {wanted}: remove device"
        yield ("rootVolume", "device"), f"{message}, or write blockDeviceMappings"


def _size_problems(size: str, device: str | None, family: AmiFamily | None, path: Path) -> Iterator[tuple[Path, str]]:
    disk = next((disk for disk in family.disks if disk.device == device), None) if family is not None else None
    if disk is not None and family is not None and parse_quantity(size) < disk.snapshot * GIB:
        message = f"'{size}' is less than the snapshot of {family.name}'s {disk.device}, and EC2 starts no such node"
        yield path, f"{message}: say {disk.snapshot}Gi or more"


def _rate_problems(
    volume_type: str | None, iops: int | None, throughput: int | None, path: Path
) -> Iterator[tuple[Path, str]]:
    bounds = _IOPS.get(volume_type or "")
    if iops is not None and volume_type is not None:
        if bounds is None:
            yield (*path, "iops"), f"can be said of {', '.join(_IOPS)} only, not of {volume_type}: remove it"
        elif not bounds[0] <= iops <= bounds[1]:
            yield (*path, "iops"), f"'{iops}' is not between {bounds[0]} and {bounds[1]}, as {volume_type} has it"
    if volume_type in {"io1", "io2"} and iops is None:
        yield (*path, "iops"), f"is needed for {volume_type}: EC2 has no default for it"
    if throughput is not None and volume_type is not None:
        low, high = _THROUGHPUT
        if volume_type != "gp3":
            yield (*path, "throughput"), f"can be said of gp3 only, not of {volume_type}: remove it"
        elif not low <= throughput <= high:
            yield (*path, "throughput"), f"'{throughput}' is not between {low} and {high} MiB/s, as gp3 has it"
