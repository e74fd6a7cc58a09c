"""Lines about broken GPUs, in kernel logs and in logs of pods: Xid and SXid, ECC, GPUs that are gone.

What an Xid means, and what NVIDIA says to do about it: NVIDIA, "XID Errors" (docs.nvidia.com/deploy/xid-errors, r580).
"""

from __future__ import annotations

import re

from msgspec import Struct

_XID = re.compile(r"NVRM: (?:GPU at \S+:? )?Xid \(([^)]*)\):?\s*(\d+)(.*)")
_SXID = re.compile(r"SXid \(([^)]*)\):?\s*(\d+)(.*)")
_ELSEWHERE = re.compile(r"\bXid(?:=|\s+error:?\s*|\s+event:?\s*|:\s*)(\d{1,3})\b", re.IGNORECASE)
_GONE = re.compile(r"(?:NVRM: .*)?(?:GPU .*has |\bhas )?fallen off the bus.*")
_ECC = re.compile(
    r".*(?:double[- ]bit ECC error|DBE ECC|uncorrect(?:able|ed) ECC error|ECC error was encountered"
    r"|CUDA_ERROR_ECC_UNCORRECTABLE|cudaErrorECCUncorrectable).*",
    re.IGNORECASE,
)

_REPLACE = "Replace the node; report the instance to AWS when it comes back."
_XIDS: dict[int, tuple[str, bool]] = {
    13: ("exception of the graphics engine: mostly an error of the program", False),
    31: ("page fault of the GPU's memory: mostly an error of the program", False),
    32: ("invalid or corrupted push buffer", False),
    38: ("driver firmware error", True),
    43: ("the program's channel was stopped: an error of the program", False),
    45: ("preemptive cleanup after an earlier error or an end of the program", False),
    48: ("double bit ECC error", True),
    61: ("internal microcontroller breakpoint", True),
    62: ("internal microcontroller halt", True),
    63: ("a row of memory is remapped after an ECC error; takes effect with the next reset", False),
    64: ("a row of memory could not be remapped", True),
    68: ("NVDEC exception", False),
    69: ("exception of the graphics engine's class", False),
    74: ("NVLink error", True),
    79: ("the GPU has fallen off the bus", True),
    92: ("high rate of single bit ECC errors", True),
    94: ("contained ECC error: the program ended, the GPU goes on", False),
    95: ("uncontained ECC error", True),
    109: ("context switch timeout", True),
    110: ("security fault", True),
    119: ("the GPU's system processor does not answer (GSP RPC timeout)", True),
    120: ("error of the GPU's system processor (GSP)", True),
    121: ("corrected error of the C2C link", False),
    123: ("failed request to the power controller", True),
    136: ("link training failed", True),
    137: ("NVLink access error: often another GPU's program", False),
    140: ("unrecovered ECC error", True),
    142: ("NVENC3 error", False),
    143: ("the GPU failed to initialize", True),
    144: ("NVLink SAW error", True),
    145: ("NVLink RLW error", True),
    146: ("NVLink TLW error", True),
    147: ("NVLink TREX error", True),
    148: ("NVLink NVLPW control error", True),
    149: ("NVLink NETIR error", True),
    150: ("NVLink MSE error", True),
    154: ("the GPU needs recovery", True),
    155: ("NVLink software-defined error", True),
    156: ("resource retirement event", True),
    157: ("resource retirement failure", True),
    158: ("fatal GPU timeout", True),
}


class GpuError(Struct, frozen=True):
    """One kind of error in a log.

    Attributes:
        name: Its name, such as `Xid 79`.
        device: Where, such as the address on the PCI bus; empty where the line does not say.
        meaning: What it means.
        line: The line.
        count: How many such lines there are.
        is_fault: Whether the GPU is at fault rather than the program.
    """

    name: str
    device: str
    meaning: str
    line: str
    count: int = 1
    is_fault: bool = True

    @property
    def fix(self) -> str:
        """What to do about it."""
        return (
            _REPLACE if self.is_fault else "Look at the program first; where it comes back elsewhere, replace the node."
        )


def gpu_errors(text: str) -> tuple[GpuError, ...]:
    """Return the errors of GPUs that a log has, each kind and device once, in the order of the log."""
    found: dict[tuple[str, str], GpuError] = {}
    for line in text.splitlines():
        error = _error(line.strip())
        if error is not None:
            key = (error.name, error.device)
            count = found[key].count + 1 if key in found else 1
            first = found.get(key, error)
            found[key] = GpuError(first.name, first.device, first.meaning, first.line, count, first.is_fault)
    return tuple(found.values())


def _error(line: str) -> GpuError | None:
    if match := _SXID.search(line):
        fatal = "non-fatal" not in line.lower()
        return GpuError(f"SXid {match[2]}", match[1], "error of an NVSwitch", line, is_fault=fatal)
    if match := _XID.search(line):
        return _xid(int(match[2]), match[1], line)
    if match := _ELSEWHERE.search(line):
        return _xid(int(match[1]), "", line)
    if _GONE.search(line):
        return GpuError("GPU gone", "", "a GPU has fallen off the bus", line)
    if _ECC.search(line):
        return GpuError("ECC", "", "an ECC error that could not be corrected", line)
    return None


def _xid(number: int, device: str, line: str) -> GpuError:
    meaning, is_fault = _XIDS.get(number, ("an error that NVIDIA's list of Xids explains", True))
    return GpuError(f"Xid {number}", device.partition(",")[0], meaning, line, is_fault=is_fault)
