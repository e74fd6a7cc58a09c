"""The table that `nvidia-smi` prints, and what it prints instead when something is wrong.

Forms: drivers 450 to 595. Since 530 the table is wider, before 450 it has no MIG line; names of GPUs are cut where the
column ends. The words of the failures are those of nvidia-smi and NVML (NVIDIA/nvidia-docker#988, #1553,
NVIDIA/nvidia-container-toolkit#69, NVIDIA/k8s-device-plugin#253).
"""

from __future__ import annotations

import re

from msgspec import Struct

_HEAD = re.compile(r"NVIDIA-SMI\s+(\S+)(?:\s+Driver Version:\s*(\S+))?(?:\s+CUDA Version:\s*(\S+))?")
_GPU = re.compile(
    r"\|\s+(?P<index>\d+)\s+(?P<name>\S.*?)\s+(?:On|Off|N/A|ERR!)\s*\|\s*(?P<bus>[0-9A-Fa-f]{4,8}:[0-9A-Fa-f:.]+)\s+\S+\s*"
    r"\|\s*(?P<ecc>\S+)\s*\|"
)
_MEMORY = re.compile(r"(?P<used>\d+)\s*MiB\s*/\s*(?P<total>\d+)\s*MiB")
_MIG = re.compile(r"\|\s*(Enabled|Disabled|N/A)\*?\s*\|\s*$")
_MIG_DEVICE = re.compile(r"\|\s+\d+\s+\d+\s+\d+\s+\d+\s+\|")
_LISTED = re.compile(r"^\s*GPU\s+(?P<index>\d+):\s+(?P<name>.+?)\s+\(UUID:\s*GPU-", re.MULTILINE)

_FAILURES: tuple[tuple[str, str, str], ...] = (
    (
        r"NVIDIA-SMI has failed because it couldn.?t communicate with the NVIDIA driver",
        "the NVIDIA driver does not answer",
        (
            "Use an AMI with the driver (of al2023 and bottlerocket, GPU types get the nvidia variants), and "
            "look at the node's kernel log."
        ),
    ),
    (
        r"Failed to initialize NVML:\s*Driver/library version mismatch",
        "the library in the container and the kernel's driver have different versions",
        "The driver was changed under a running kernel: replace the node.",
    ),
    (
        r"Failed to initialize NVML:.*",
        "NVML cannot be initialized",
        (
            "The container has no devices, or lost them when systemd was reloaded (cgroup drivers differ): replace "
            "the pod; use the driver and the container toolkit of the EKS AMI."
        ),
    ),
    (
        r"No devices were found",
        "the driver finds no GPU",
        "Look for Xid lines in the node's kernel log and replace the node.",
    ),
    (
        r"Unable to determine the device handle for (?:GPU|gpu).*",
        "a GPU does not answer",
        "The GPU has fallen off the bus or needs a reset: replace the node.",
    ),
    (r"GPU is lost.*", "a GPU is lost", "The GPU has fallen off the bus: replace the node."),
    (
        r"infoROM is corrupted.*",
        "the memory in which a GPU keeps its configuration is corrupted",
        "Replace the node.",
    ),
    (
        r"nvidia-smi.*(?:not found|no such file or directory).*",
        "the container has no nvidia-smi",
        (
            "The NVIDIA container runtime was not used: the pod must ask for nvidia.com/gpu, and the AMI must have the "
            "NVIDIA container toolkit."
        ),
    ),
)


class Gpu(Struct, frozen=True):
    """One row of the table.

    Attributes:
        index: Its number.
        name: Its name, cut where the column ends.
        memory: Its memory in MiB, or None where the row does not say.
        ecc_errors: The uncorrected ECC errors since the driver was loaded; None where ECC is off or not there.
        mig: Whether it is divided into MIG devices.
        error: Whether a value of it could not be read (ERR!).
    """

    index: int
    name: str
    memory: int | None = None
    ecc_errors: int | None = None
    mig: bool = False
    error: bool = False


class NvidiaSmi(Struct, frozen=True):
    """What `nvidia-smi` printed.

    Attributes:
        driver: The driver's version; empty where it is not there.
        cuda: The newest version of CUDA that the driver serves; likewise.
        gpus: The GPUs.
        mig_devices: How many MIG devices are listed.
        complete: Whether the table has its end.
    """

    driver: str
    cuda: str
    gpus: tuple[Gpu, ...]
    mig_devices: int = 0
    complete: bool = True


class Failure(Struct, frozen=True):
    """What a tool says in place of an answer.

    Attributes:
        line: What it printed.
        meaning: What that means.
        fix: What to do about it.
    """

    line: str
    meaning: str
    fix: str


def parse_nvidia_smi(text: str) -> NvidiaSmi | None:
    """Return the last table in a text, or the list of `nvidia-smi -L`; None where there is neither."""
    heads = list(_HEAD.finditer(text))
    tables = [head for head in heads if head[2]]
    if not tables:
        listed = tuple(Gpu(int(found["index"]), found["name"]) for found in _LISTED.finditer(text))
        return NvidiaSmi("", "", listed) if listed else None
    head = tables[-1]
    lines = text[head.start() :].splitlines()
    gpus: list[Gpu] = []
    mig_devices, in_processes, borders = 0, False, 0
    for number, line in enumerate(lines):
        in_processes |= "Processes:" in line
        borders += line.strip().startswith("+--")
        found = _GPU.search(line)
        if found and not in_processes:
            gpus.append(_gpu(found, lines[number : number + 3]))
        mig_devices += bool(_MIG_DEVICE.search(line)) and not in_processes
    complete = bool(gpus) and borders >= len(gpus) + 1
    return NvidiaSmi(head[2], head[3] or "", tuple(gpus), mig_devices, complete)


def _gpu(found: re.Match[str], lines: list[str]) -> Gpu:
    rest = "\n".join(lines)
    memory = _MEMORY.search(rest)
    return Gpu(
        index=int(found["index"]),
        name=found["name"].removesuffix("...").strip(),
        memory=int(memory["total"]) if memory else None,
        ecc_errors=int(found["ecc"]) if found["ecc"].isdigit() else None,
        mig=any((mig := _MIG.search(line)) is not None and mig[1] == "Enabled" for line in lines),
        error="ERR!" in rest,
    )


def nvidia_smi_failures(text: str) -> tuple[Failure, ...]:
    """Return what nvidia-smi says is wrong, each kind once."""
    failures: list[Failure] = []
    for pattern, meaning, fix in _FAILURES:
        found = re.search(pattern, text, re.IGNORECASE)
        if found and not any(found[0] in failure.line for failure in failures):
            failures.append(Failure(found[0].strip(), meaning, fix))
    return tuple(failures)
