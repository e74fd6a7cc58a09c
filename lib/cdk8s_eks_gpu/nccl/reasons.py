"""Lines of a log that name a cause -> what it means, and what to do. Seen in issues of the projects named there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_TELLING: Final = ("NET/OFI", "rovider", "NET/Plugin", "environment", "libnccl-net", "failure", "rror")

_NO_EFA = (
    "the container has no EFA device: ask for vpc.amazonaws.com/efa in its limits, and see that the EFA device plugin "
    "runs on the node and the node was launched with EFA interfaces"
)
_NO_PLUGIN = (
    "NCCL does not find aws-ofi-nccl: take an image that has it, and put the folder of libnccl-net.so "
    "(/opt/amazon/ofi-nccl/lib/x86_64-linux-gnu, in older images /opt/aws-ofi-nccl/install/lib) into LD_LIBRARY_PATH"
)
_NO_GPUDIRECT = (
    "GPUDirect RDMA is off: take an image with a newer EFA installer, leave FI_EFA_USE_DEVICE_RDMA alone, and see that "
    "the node's NVIDIA driver and EFA driver are those of the accelerated AMI"
)
_NO_ANSWER = (
    "no answer over EFA: the nodes' security group must allow all traffic from and to itself, inbound and outbound "
    "(0.0.0.0/0 does not cover EFA), and all nodes must be in one zone"
)
_SHARED_MEMORY = "the shared memory is too small: give the Pod an emptyDir of medium Memory at /dev/shm (sharedMemory)"
_OLD_DRIVER = "the node's NVIDIA driver is older than the image's CUDA: take an image of an older CUDA, or a newer AMI"
_FEWER_GPUS = "a container sees fewer GPUs than it has ranks: ask for all of the node's nvidia.com/gpu"
_NO_SSH = (
    "ssh between the Pods is refused: the MPI operator mounts its keys at spec.sshAuthMountPath; has the image another "
    "user, or a home of its own?"
)
_LOST = "mpirun lost a node: look at the Pods' own logs and events, as for an OOM kill or a node that went away"

_REASONS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"NCCL_NET(?:_PLUGIN)? set by environment to (?:socket|none)", "NCCL_NET or NCCL_NET_PLUGIN asks for it"),
        (r"NET/OFI No eligible providers were found|provider efa output empty list", _NO_EFA),
        (r"NET/OFI Failed to (?:find|get).*provider|fi_getinfo.*No data available", _NO_EFA),
        (r"NET/Plugin ?:.*No plugin found|Could not find:? ?libnccl-net", _NO_PLUGIN),
        (r"libnccl-net\S*:? cannot open shared object", _NO_PLUGIN),
        (r"requires at least libfabric version", "libfabric is too old for the plugin: take a newer image"),
        (r"GDR disabled on GDR-supported instance", _NO_GPUDIRECT),
        (r"Unreachable remote|never received a response", _NO_ANSWER),
        (r"NET/OFI (?:Request|Operation)\b.*completed with error", _NO_ANSWER),
        (r"shared memory segment|No space left on device|/dev/shm.*(?:fail|error)", _SHARED_MEMORY),
        (
            r"Unable to register memory|fi_mr_reg|ibv_reg_mr.*Cannot allocate|memlock",
            "memory cannot be pinned: the container needs the capability IPC_LOCK",
        ),
        (r"CUDA driver version is insufficient|forward compatibility was attempted", _OLD_DRIVER),
        (r"no kernel image is available", "the image's programs were not built for this GPU: take an image that was"),
        (r"CUDA failure.*out of memory", "a GPU has no memory left: is it shared?"),
        (r"no CUDA-capable device|Invalid number of GPUs|invalid device ordinal", _FEWER_GPUS),
        (r"Permission denied \(publickey|Host key verification failed", _NO_SSH),
        (r"Could not resolve hostname|Name or service not known", "a Pod's name is not known: is its Service there?"),
        (r"ORTE was unable to reliably start|lost communication with (?:a remote )?daemon", _LOST),
        (r"not enough slots available", "mpirun has fewer slots than ranks: slotsPerWorker is the node's GPUs"),
    )
)

SOCKET_REASONS: Final = (
    "the usual reasons: the Pod asks for no vpc.amazonaws.com/efa; the node has no EFA interface; the image has no "
    "aws-ofi-nccl, or LD_LIBRARY_PATH leads past it; NCCL_NET=Socket is set. NCCL's lines above `Using network` say "
    "which (NCCL_DEBUG=INFO)"
)

_FAILURES = re.compile(
    r"Test (?:NCCL|CUDA) failure|Test failure common\.cu|Test timeout|"
    r"mpirun (?:detected that|was unable)|MPI_ABORT was invoked|Segmentation fault|"
    r"process(?:es)? (?:has |have )?(?:exited|terminated) (?:with|on) .*(?:signal|non-zero)|prterun detected",
    re.IGNORECASE,
)


def notable(lines: Iterable[str]) -> str:
    """Return the lines that may name a cause, each once: of what ranks tell of themselves, few kinds do."""
    found = (line for line in lines if "NCCL INFO" not in line or any(word in line for word in _TELLING))
    return "\n".join(dict.fromkeys(line.rpartition("NCCL INFO ")[2] for line in found))


def known_reasons(text: str) -> tuple[str, ...]:
    """Return what a log names as causes, without repetition, in the order of the log."""
    found: dict[str, int] = {}
    for pattern, reason in _REASONS:
        match = pattern.search(text)
        if match:
            found[reason] = min(match.start(), found.get(reason, match.start()))
    return tuple(sorted(found, key=found.__getitem__))


def first_failure(text: str) -> str | None:
    """Return the first line in which nccl-tests, NCCL or mpirun gives up, or None."""
    match = _FAILURES.search(text)
    if match is None:
        return None
    start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
    return text[start : end if end >= 0 else None].strip()
