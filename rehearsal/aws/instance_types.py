"""The instance types that the region offers, as DescribeInstanceTypes tells them, and their prices.

The records are those that moto ships: AWS's own answers, taken without us, so that they can contradict our facts.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import moto

Record = dict[str, Any]
USAGE_CLASSES = ("on-demand", "spot")
# Types that AWS documents and moto has no record of (user guide, "Amazon EC2 instance types", and the network limits):
# vCPUs, memory in MiB, GPUs, NVMe in GB, EBS bandwidth in Mbps, interfaces and addresses an interface.
RADEON = {
    "g4ad.xlarge": (4, 16384, 1, 150, 3170, 2, 4),
    "g4ad.2xlarge": (8, 32768, 1, 300, 3170, 2, 4),
    "g4ad.4xlarge": (16, 65536, 1, 600, 3170, 3, 10),
    "g4ad.8xlarge": (32, 131072, 2, 1200, 3170, 4, 15),
    "g4ad.16xlarge": (64, 262144, 4, 2400, 6300, 8, 30),
}


def records(names: set[str]) -> dict[str, Record]:
    """Return the records of those of the types that there is one of, by name.

    Never a1: which AMI family the controller resolved first decides whether it takes these types for any (its cache of
    offerings does not tell the families apart), so that no answer about them can be repeated.
    """
    path = Path(moto.__file__).parent / "ec2" / "resources" / "instance_types.json.gz"
    with gzip.open(path) as file:
        known: dict[str, Record] = json.load(file)
    known |= {name: _radeon(name, *facts) for name, facts in RADEON.items()}
    return {name: known[name] for name in sorted(names & known.keys()) if not name.startswith("a1.")}


def prices(offered: dict[str, Record]) -> dict[str, float]:
    """Return a price an hour for each type: by its size, no two the same, so that Karpenter's order is certain."""
    return {
        name: round(
            0.04 * record["VCpuInfo"]["DefaultVCpus"]
            + record["MemoryInfo"]["SizeInMiB"] / 250_000
            + 3 * sum(gpu["Count"] for gpu in record.get("GpuInfo", {}).get("Gpus", []))
            + position / 1e6,
            6,
        )
        for position, (name, record) in enumerate(offered.items())
    }


def _radeon(
    name: str, cpus: int, memory: int, gpus: int, nvme: int, ebs: int, interfaces: int, addresses: int
) -> Record:
    return {
        "InstanceType": name,
        "BareMetal": False,
        "Hypervisor": "nitro",
        "SupportedUsageClasses": [*USAGE_CLASSES],
        "SupportedVirtualizationTypes": ["hvm"],
        "SupportedRootDeviceTypes": ["ebs"],
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"], "Manufacturer": "AMD", "SustainedClockSpeedInGhz": 3.0},
        "VCpuInfo": {"DefaultVCpus": cpus},
        "MemoryInfo": {"SizeInMiB": memory},
        "InstanceStorageInfo": {"TotalSizeInGB": nvme, "NvmeSupport": "required"},
        "EbsInfo": {"EbsOptimizedSupport": "default", "EbsOptimizedInfo": {"MaximumBandwidthInMbps": ebs}},
        "GpuInfo": {
            "Gpus": [
                {"Count": gpus, "Manufacturer": "AMD", "Name": "Radeon Pro V520", "MemoryInfo": {"SizeInMiB": 8192}}
            ]
        },
        "NetworkInfo": {
            "MaximumNetworkInterfaces": interfaces,
            "Ipv4AddressesPerInterface": addresses,
            "MaximumNetworkCards": 1,
            "DefaultNetworkCardIndex": 0,
            "EfaSupported": False,
            "EnaSupport": "required",
            "EncryptionInTransitSupported": True,
            "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": interfaces}],
        },
    }
