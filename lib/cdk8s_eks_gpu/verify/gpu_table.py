"""The table of nvidia-smi against what the pod asked for, and against the facts of the instance type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.checks.drivers import cuda_of
from cdk8s_eks_gpu.verify.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.verify.log_results import LogContext
    from cdk8s_eks_gpu.verify.logs.nvidia_smi import NvidiaSmi

_WORD = re.compile(r"[a-z0-9]+")
_LEAST_MEMORY = 0.9
"""The share of a type's GPU memory that nvidia-smi must show: ECC and the driver take some of it."""


def check_table(context: LogContext, table: NvidiaSmi) -> Iterator[Result]:
    """Yield what the table shows: GPUs that are missing, broken or others than the type has; else that it is good."""
    broken = list(broken_gpus("smoke-tests/gpus", context.subject, table))
    yield from broken
    wrong = list(_unlike_the_type(context, table))
    yield from wrong
    cuda = next((found for image in context.workload.images if (found := cuda_of(image)) is not None), None)
    served = table.cuda.partition(".")[0]
    if cuda is not None and served.isdigit() and int(served) < cuda:
        message = f"The driver {table.driver} serves CUDA {table.cuda} at most, and the image has CUDA {cuda}."
        fix = "Use a newer version of the AMI, or an image with an older CUDA."
        yield Result("smoke-tests/driver", context.subject, Status.FAIL, message, table.cuda, f"{cuda} or newer", fix)
    if not broken and not wrong:
        names = ", ".join(dict.fromkeys(gpu.name for gpu in table.gpus))
        message = f"nvidia-smi shows {len(table.gpus)}: {names}; driver {table.driver or 'not said'}."
        yield Result("smoke-tests/gpus", context.subject, Status.PASS, message, str(len(table.gpus)))


def _unlike_the_type(context: LogContext, table: NvidiaSmi) -> Iterator[Result]:
    """Yield how the table differs from what the pod asked for, and from the type's facts."""
    there, asked = len(table.gpus), context.gpus
    on_type = context.instance_type.count(vocabulary.GPU) if context.instance_type is not None else None
    wanted = min(asked, on_type) if on_type else asked
    if not wanted and on_type:
        wanted = on_type  # a pod that asks for none and sees them all
    if wanted and there < wanted:
        cut = "" if table.complete else " The table is cut off."
        message = f"nvidia-smi shows {there} of the {wanted} GPUs that the pod asked for.{cut}"
        fix = "A GPU is gone: look for Xid lines in the kernel log, and replace the node."
        yield Result("smoke-tests/gpus", context.subject, Status.FAIL, message, str(there), str(wanted), fix)
    elif wanted and there > wanted:
        message = f"nvidia-smi shows {there} GPUs, and the pod asked for {wanted}: it sees GPUs of others."
        fix = "NVIDIA_VISIBLE_DEVICES=all, a privileged container or a CDI setting goes past the device plugin."
        yield Result("smoke-tests/gpus", context.subject, Status.FAIL, message, str(there), str(wanted), fix)
    if context.instance_type is None:
        return
    name = context.instance_type.labels.get(vocabulary.GPU_NAME, "")
    memory = int(context.instance_type.labels.get(vocabulary.GPU_MEMORY, 0))
    for gpu in table.gpus:
        if name and not is_called(gpu.name, name):
            message = f"GPU {gpu.index} is {gpu.name}, and {context.instance_type.name} has {name}."
            yield Result(
                "smoke-tests/gpus",
                context.subject,
                Status.FAIL,
                message,
                gpu.name,
                name,
                "Is this the log of that pod?",
            )
            return
        if memory and gpu.memory is not None and not gpu.mig and gpu.memory < memory * _LEAST_MEMORY:
            message = (
                f"GPU {gpu.index} has {gpu.memory} MiB, and {context.instance_type.name} has GPUs of {memory} MiB."
            )
            fix = "Is it shared or divided (MIG), or is this the log of another node?"
            yield Result(
                "smoke-tests/gpus", context.subject, Status.FAIL, message, f"{gpu.memory} MiB", f"{memory} MiB", fix
            )
            return


def broken_gpus(check: str, subject: str, table: NvidiaSmi) -> Iterator[Result]:
    """Yield the GPUs with ECC errors, and those that do not answer."""
    for gpu in table.gpus:
        if gpu.ecc_errors:
            message = f"GPU {gpu.index} has {gpu.ecc_errors} uncorrected ECC errors."
            yield Result(check, subject, Status.FAIL, message, str(gpu.ecc_errors), "0", "Replace the node.")
        if gpu.error:
            message = f"GPU {gpu.index} does not answer: the table has ERR!."
            yield Result(check, subject, Status.FAIL, message, "ERR!", "", "Replace the node.")


def is_called(shown: str, fact: str) -> bool:
    """Return whether nvidia-smi's name, cut or not, is that of the facts: `NVIDIA H100 80GB HBM3` is `h100`."""
    words = set(_WORD.findall(shown.lower()))
    wanted = [word for word in _WORD.findall(fact.lower()) if word not in {"server", "tesla", "nvidia"}]
    return all(word in words or any(each.startswith(word) for each in words) for word in wanted)
