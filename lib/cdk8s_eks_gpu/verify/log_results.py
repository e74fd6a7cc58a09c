"""What the logs of tests say, as results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.nccl import judge_nccl_log
from cdk8s_eks_gpu.verify.checks.drivers import cuda_of
from cdk8s_eks_gpu.verify.logs.fi_info import fi_info_failure, parse_fi_info
from cdk8s_eks_gpu.verify.logs.gpu_errors import gpu_errors
from cdk8s_eks_gpu.verify.logs.nvidia_smi import nvidia_smi_failures, parse_nvidia_smi
from cdk8s_eks_gpu.verify.result import Result, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.verify.logs.nvidia_smi import NvidiaSmi
    from cdk8s_eks_gpu.verify.snapshot import Log

_WORD = re.compile(r"[a-z0-9]+")
_LEAST_MEMORY = 0.9
"""The share of a type's GPU memory that nvidia-smi must show: ECC and the driver take some of it."""
_NCCL = re.compile(r"NCCL INFO|nccl-tests|# nThread \d+ nGpus|out-of-place\s+in-place")
_SWITCHES = re.compile(r"Fabric Manager|CUDA_ERROR_SYSTEM_NOT_READY|system not yet initialized", re.IGNORECASE)


@dataclass(frozen=True)
class LogContext:
    """What is known of the test whose log is read.

    Attributes:
        workload: The test.
        subject: How reports call it.
        instance_type: The type of the node that it ran on, if it is known.
        gpus: How many GPUs it asks for.
        efa: How many EFA interfaces.
        nodes: On how many nodes it runs at once.
        over: Whether it has come to an end.
        only_waits: Whether it prints nothing, and waits for somebody to run a command in it.
    """

    workload: Workload
    subject: str
    instance_type: InstanceType | None
    gpus: int
    efa: int
    nodes: int
    over: bool
    only_waits: bool

    @property
    def shows_gpus(self) -> bool:
        """Whether its command prints the table of nvidia-smi."""
        return "nvidia-smi" in self._command

    @property
    def shows_fabric(self) -> bool:
        """Whether its command lists the providers of the fabric."""
        return "fi_info" in self._command

    @property
    def _command(self) -> str:
        containers = self.workload.containers()
        return " ".join(word for each in containers for key in ("command", "args") for word in each[key].texts())


def judge_log(context: LogContext, text: str | None) -> Iterator[Result]:
    """Yield what the log of a test says; None stands for a log that was not read."""
    if text is None or not text.strip():
        yield from _no_log(context, text)
        return
    yield from _errors(context.subject, text)
    failures = nvidia_smi_failures(text)
    for failure in failures:
        yield Result(
            "smoke-tests/gpus",
            context.subject,
            Status.FAIL,
            f"nvidia-smi: {failure.meaning}.",
            failure.line,
            "",
            failure.fix,
        )
    table = parse_nvidia_smi(text)
    if table is not None:
        yield from _table(context, table)
    elif context.shows_gpus and not failures:
        message = "The log has no table of nvidia-smi."
        status = Status.FAIL if context.over else Status.WAITING
        yield Result("smoke-tests/gpus", context.subject, status, message, "no table", f"{context.gpus} GPUs")
    if _NCCL.search(text):
        yield from _nccl(context, text)
    else:
        yield from _fabric(context, text)


def judge_unclaimed_log(log: Log) -> Iterator[Result]:
    """Yield what a log says that is of none of the tests: broken GPUs, and nvidia-smi that fails."""
    subject = f"Log/{log.name}"
    yield from _errors(subject, log.text)
    for failure in nvidia_smi_failures(log.text):
        yield Result(
            "logs/gpus", subject, Status.FAIL, f"nvidia-smi: {failure.meaning}.", failure.line, "", failure.fix
        )
    table = parse_nvidia_smi(log.text)
    if table is not None:
        yield from _broken_gpus("logs/gpus", subject, table)


def _no_log(context: LogContext, text: str | None) -> Iterator[Result]:
    if context.only_waits:
        message = "The pod only waits, so its log is empty: which providers there are is not known."
        kind, name = context.workload.kind.lower(), context.workload.object.name
        fix = f"kubectl exec {kind}/{name} -- fi_info -p efa > logs/{name}-fi_info.log, and --from that folder."
        yield Result(
            "smoke-tests/fabric", context.subject, Status.UNKNOWN, message, "", f"{context.efa} EFA devices", fix
        )
    elif context.gpus or context.efa:
        message = "Its log is empty." if text is not None else "Its log was not read."
        fix = f"kubectl logs {context.workload.kind.lower()}/{context.workload.object.name}"
        waits = text is not None and not context.over
        yield Result("smoke-tests/log", context.subject, Status.WAITING if waits else Status.UNKNOWN, message, fix=fix)


def _errors(subject: str, text: str) -> Iterator[Result]:
    for error in gpu_errors(text):
        where = f" at {error.device}" if error.device else ""
        often = f", {error.count} times" if error.count > 1 else ""
        message = f"{error.name}{where}{often}: {error.meaning}."
        yield Result("smoke-tests/errors", subject, Status.FAIL, message, error.line[:200], "no such line", error.fix)
    found = _SWITCHES.search(text)
    if found and ("not" in text.lower() or "error" in text.lower()):
        message = "The NVSwitches are not initialized, which Fabric Manager does."
        fix = "Use an AMI in which nvidia-fabricmanager runs (al2023 nvidia), of the driver's version."
        yield Result("smoke-tests/errors", subject, Status.FAIL, message, found[0], "", fix)


def _table(context: LogContext, table: NvidiaSmi) -> Iterator[Result]:
    broken = list(_broken_gpus("smoke-tests/gpus", context.subject, table))
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
        if name and not _is_called(gpu.name, name):
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


def _broken_gpus(check: str, subject: str, table: NvidiaSmi) -> Iterator[Result]:
    for gpu in table.gpus:
        if gpu.ecc_errors:
            message = f"GPU {gpu.index} has {gpu.ecc_errors} uncorrected ECC errors."
            yield Result(check, subject, Status.FAIL, message, str(gpu.ecc_errors), "0", "Replace the node.")
        if gpu.error:
            message = f"GPU {gpu.index} does not answer: the table has ERR!."
            yield Result(check, subject, Status.FAIL, message, "ERR!", "", "Replace the node.")


def _is_called(shown: str, fact: str) -> bool:
    """Return whether nvidia-smi's name, cut or not, is that of the facts: `NVIDIA H100 80GB HBM3` is `h100`."""
    words = set(_WORD.findall(shown.lower()))
    wanted = [word for word in _WORD.findall(fact.lower()) if word not in {"server", "tesla", "nvidia"}]
    return all(word in words or any(each.startswith(word) for each in words) for word in wanted)


def _nccl(context: LogContext, text: str) -> Iterator[Result]:
    """Yield what the log of a test between nodes says, by the judge of `eks-gpu nccl`."""
    if context.instance_type is None:
        message = "The log is of an NCCL test; the instance type of its nodes is not known."
        fix = "eks-gpu nccl LOG --instance-type TYPE --nodes N"
        yield Result("smoke-tests/nccl", context.subject, Status.UNKNOWN, message, fix=fix)
        return
    report = judge_nccl_log(
        text,
        context.instance_type.name,
        max(context.nodes, 2),
        efa_interfaces=context.efa or None,
        running=not context.over,
    )
    for each in report.checks:
        fix = each.fix if each.status != "pass" else ""
        message = f"{each.name}: {each.observed}."
        yield Result(
            f"smoke-tests/nccl-{each.name}",
            context.subject,
            Status(each.status),
            message,
            each.observed,
            each.expected,
            fix,
        )


def _fabric(context: LogContext, text: str) -> Iterator[Result]:
    listed, failure = parse_fi_info(text), fi_info_failure(text)
    subject, expected = context.subject, f"{context.efa} EFA devices"
    if listed is not None and listed.efa_devices:
        devices = listed.efa_devices
        if context.efa and len(devices) < context.efa:
            message = f"fi_info lists {len(devices)} EFA devices of the {context.efa} that the pod asked for."
            fix = "Compare with the interfaces of the node class; a hostPath of /dev/infiniband also breaks the list."
            yield Result("smoke-tests/fabric", subject, Status.FAIL, message, str(len(devices)), str(context.efa), fix)
        else:
            message = f"provider: efa, {len(devices)} devices."
            yield Result(
                "smoke-tests/fabric", subject, Status.PASS, message, str(len(devices)), str(context.efa or len(devices))
            )
    elif listed is not None:
        message = "fi_info lists no provider efa."
        fix = "The pod must ask for vpc.amazonaws.com/efa, and its image must have libfabric with EFA."
        yield Result("smoke-tests/fabric", subject, Status.FAIL, message, ", ".join(listed.providers), "efa", fix)
    elif failure:
        message = f"fi_info finds no EFA: {failure}."
        fix = (
            "Ask for vpc.amazonaws.com/efa; use an image with AWS's libfabric and rdma-core; mount no hostPath of "
            "/dev/infiniband, which hides EFA on nodes with other RDMA devices."
        )
        yield Result("smoke-tests/fabric", subject, Status.FAIL, message, failure, expected, fix)
    elif context.shows_fabric:
        status = Status.FAIL if context.over else Status.WAITING
        yield Result("smoke-tests/fabric", subject, status, "The log has no list of fi_info.", "no list", expected)
