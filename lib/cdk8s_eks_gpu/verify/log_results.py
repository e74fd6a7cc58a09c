"""What the logs of tests say, as results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.nccl import check_nccl_log
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.gpu_table import broken_gpus, check_table
from cdk8s_eks_gpu.verify.logs.fi_info import fi_info_failure, parse_fi_info
from cdk8s_eks_gpu.verify.logs.gpu_errors import gpu_errors
from cdk8s_eks_gpu.verify.logs.nvidia_smi import nvidia_smi_failures, parse_nvidia_smi
from cdk8s_eks_gpu.verify.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.verify.snapshot import Log

_NCCL = re.compile(r"NCCL INFO|nccl-tests|# nThread \d+ nGpus|out-of-place\s+in-place")
_SWITCHES = re.compile(r"Fabric Manager|CUDA_ERROR_SYSTEM_NOT_READY|system not yet initialized", re.IGNORECASE)


def check_log(context: LogContext, text: str | None) -> Iterator[Result]:
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
        yield from check_table(context, table)
    elif context.shows_gpus and not failures:
        message = "The log has no table of nvidia-smi."
        status = Status.FAIL if context.over else Status.WAITING
        yield Result("smoke-tests/gpus", context.subject, status, message, "no table", f"{context.gpus} GPUs")
    if _NCCL.search(text):
        yield from _nccl(context, text)
    else:
        yield from _fabric(context, text)


def check_other_log(log: Log) -> Iterator[Result]:
    """Yield what a log says that is of none of the tests: broken GPUs, and nvidia-smi that fails."""
    subject = f"Log/{log.name}"
    yield from _errors(subject, log.text)
    for failure in nvidia_smi_failures(log.text):
        yield Result(
            "logs/gpus", subject, Status.FAIL, f"nvidia-smi: {failure.meaning}.", failure.line, "", failure.fix
        )
    table = parse_nvidia_smi(log.text)
    if table is not None:
        yield from broken_gpus("logs/gpus", subject, table)


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


def _nccl(context: LogContext, text: str) -> Iterator[Result]:
    """Yield what the log of a test between nodes says, as `eks-gpu nccl` says it."""
    if context.instance_type is None:
        message = "The log is of an NCCL test; the instance type of its nodes is not known."
        fix = "eks-gpu nccl LOG --instance-type TYPE --nodes N"
        yield Result("smoke-tests/nccl", context.subject, Status.UNKNOWN, message, fix=fix)
        return
    report = check_nccl_log(
        text,
        context.instance_type.name,
        max(context.nodes, 2),
        efa_interfaces=context.efa or None,
        running=not context.over,
    )
    for each in report.checks:
        fix = each.fix if each.status is not Status.PASS else ""
        message = f"{each.name}: {each.observed}."
        yield Result(
            f"smoke-tests/nccl-{each.name}",
            context.subject,
            each.status,
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


class LogContext(Struct, frozen=True):
    """What is known of the test whose log is read.

    Attributes:
        workload: The test.
        subject: How reports call it.
        instance_type: The type of the node that it ran on, if it is known.
        gpus: How many GPUs it asks for.
        efa: How many EFA interfaces.
        nodes: On how many nodes it runs at once.
        over: Whether it has come to an end.
        only_waits: Whether it prints nothing, and waits for a user to run a command in it.
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
        return "nvidia-smi" in self.workload.words

    @property
    def shows_fabric(self) -> bool:
        """Whether its command lists the providers of the fabric."""
        return "fi_info" in self.workload.words
