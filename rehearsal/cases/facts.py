"""The labels of an instance type as far as the generator needs them: to aim at, not to judge by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rehearsal.cases.case import ARCH, INSTANCE, TYPE

if TYPE_CHECKING:
    from rehearsal.aws.instance_types import Record

NAME = re.compile(r"(?P<category>[a-z]+?)(?P<generation>\d+)")
NUMBERS = tuple(
    INSTANCE + name
    for name in (
        "cpu",
        "memory",
        "generation",
        "gpu-count",
        "gpu-memory",
        "local-nvme",
        "ebs-bandwidth",
        "cpu-sustained-clock-speed-mhz",
    )
)


def labels(record: Record) -> dict[str, str]:
    """Return labels of the nodes of an instance type; what it has none of is left out."""
    name = record["InstanceType"]
    family, _, size = name.partition(".")
    found = NAME.match(family)
    processor, storage = record["ProcessorInfo"], record.get("InstanceStorageInfo", {})
    ebs = record.get("EbsInfo", {}).get("EbsOptimizedInfo", {}).get("MaximumBandwidthInMbps")
    gpus = record.get("GpuInfo", {}).get("Gpus", [])
    values: dict[str, object] = {
        "family": family,
        "size": size,
        "category": found["category"] if found else None,
        "generation": found["generation"] if found else None,
        "cpu": record["VCpuInfo"]["DefaultVCpus"],
        "memory": record["MemoryInfo"]["SizeInMiB"],
        "hypervisor": record.get("Hypervisor", ""),
        "cpu-manufacturer": processor.get("Manufacturer", "").lower() or None,
        "cpu-sustained-clock-speed-mhz": round(processor.get("SustainedClockSpeedInGhz", 0) * 1000) or None,
        "local-nvme": storage.get("TotalSizeInGB") if storage.get("NvmeSupport") in {"required", "supported"} else None,
        "ebs-bandwidth": ebs,
        "encryption-in-transit-supported": str(
            record["NetworkInfo"].get("EncryptionInTransitSupported", False)
        ).lower(),
        "capability-flex": str("-flex" in family).lower(),
    }
    if gpus:
        values |= {
            "gpu-count": gpus[0]["Count"],
            "gpu-memory": gpus[0].get("MemoryInfo", {}).get("SizeInMiB"),
            "gpu-name": gpus[0]["Name"].lower().replace(" ", "-"),
            "gpu-manufacturer": gpus[0]["Manufacturer"].lower(),
        }
    arch = "arm64" if "arm64" in processor["SupportedArchitectures"] else "amd64"
    own = {INSTANCE + key: str(value) for key, value in values.items() if value is not None}
    return {TYPE: name, ARCH: arch, **own}
