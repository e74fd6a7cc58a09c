"""The test pods and Jobs: their phase, and what their logs say of GPUs and the fabric."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify import pods
from cdk8s_eks_gpu.verify.access import JOB_LABELS
from cdk8s_eks_gpu.verify.checks.applied import address
from cdk8s_eks_gpu.verify.conditions import conditions, is_deleted
from cdk8s_eks_gpu.verify.log_results import LogContext, check_log, check_other_log
from cdk8s_eks_gpu.verify.result import Result
from cdk8s_eks_gpu.verify.snapshot import NODE, POD, Log

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.verify.context import Context


_JOB_LABELS = (*JOB_LABELS.values(), "job-name")
_ENDED, _FAILED = ("Complete", "Succeeded", "SuccessCriteriaMet"), ("Failed", "FailureTarget")
_EDGE = re.compile(r"[a-z0-9]")


def check(context: Context) -> Iterator[Result]:
    """Yield the phase of each test that was applied, and what its logs say; then what other logs say."""
    claimed: set[int] = set()
    for workload in context.promise.tests:
        observed = _observed(context, workload)
        own = _pods(context, workload)
        logs = _logs(context, workload, own)
        claimed |= {id(log) for log in logs}
        if observed is not None and not is_deleted(observed):
            yield from _phase(context, workload, observed, own)
        if observed is not None or logs:
            yield from _check_logs(context, workload, own, logs)
    for log in context.snapshot.logs:
        if id(log) not in claimed:
            yield from check_other_log(log)


def _observed(context: Context, workload: Workload) -> KubernetesObject | None:
    kind = (workload.object.group, workload.kind)
    return context.snapshot.find(kind, workload.object.name, workload.namespace)


def _pods(context: Context, workload: Workload) -> list[KubernetesObject]:
    """Return the pods of a test: itself, or those that a Job or MPIJob made, the newest first."""
    name = workload.object.name
    if workload.kind == "Pod":
        found = context.snapshot.find(POD, name, workload.namespace)
        return [found] if found is not None else []
    pods = [
        pod
        for pod in context.snapshot.of_kind(POD)
        if any(pod.cursor["metadata"]["labels"][label].text() == name for label in _JOB_LABELS)
        and workload.namespace in {"", pod.namespace}
    ]
    return sorted(pods, key=lambda pod: pod.cursor["metadata"]["creationTimestamp"].text(), reverse=True)


def _logs(context: Context, workload: Workload, own: Sequence[KubernetesObject]) -> list[Log]:
    """Return the logs of a test: those that are named for it, or for one of its pods."""
    names = {workload.object.name, *(pod.name for pod in own)}
    others = {each.object.name for each in context.promise.tests} - names
    return [
        log
        for log in context.snapshot.logs
        if any(_names(log.name, name) for name in names)
        # The log of `gpu-pod-2` is not one of `gpu-pod`.
        and not any(_names(log.name, other) and len(other) > max(map(len, names)) for other in others)
    ]


def _names(log: str, name: str) -> bool:
    """Return whether a log's name has the object's name in it, as a whole word."""
    start = log.find(name)
    return start >= 0 and (start == 0 or not _EDGE.match(log[start - 1]))


def _phase(
    context: Context, workload: Workload, observed: KubernetesObject, own: Sequence[KubernetesObject]
) -> Iterator[Result]:
    subject = address(observed)
    if workload.kind == "Pod":
        yield _pod_phase(context, observed, subject)
        return
    found = conditions(observed)
    ended = next((found[kind] for kind in _ENDED if kind in found and found[kind].holds), None)
    failed = next((found[kind] for kind in _FAILED if kind in found and found[kind].holds), None)
    if failed is not None:
        trouble = next((str(problem) for pod in own if (problem := pods.trouble(pod))), "")
        message = (
            f"The test failed: {failed.reason} {failed.message}".strip() + (f"; {trouble}" if trouble else "") + "."
        )
        yield Result("smoke-tests/phase", subject, Status.FAIL, message, "Failed", "Complete", "Read its log.")
    elif ended is not None:
        yield Result("smoke-tests/phase", subject, Status.PASS, "The test came to its end.", ended.type, "Complete")
    elif own:
        result = _pod_phase(context, own[0], subject)
        status = Status.WAITING if result.status is Status.PASS else result.status
        yield replace(result, status=status, expected="Complete")
    else:
        late = context.status_of_late(observed)
        suspended = observed.cursor["spec"]["suspend"].value is True
        message = "It is suspended." if suspended else "It has no pod yet."
        yield Result("smoke-tests/phase", subject, late, message, "no pod", "Complete", "See its events.")


def _pod_phase(context: Context, pod: KubernetesObject, subject: str) -> Result:
    phase, trouble = pods.phase(pod), pods.trouble(pod)
    fix = "See its events and its log."
    if trouble is not None:
        status = Status.FAIL if trouble.is_final else context.status_of_late(pod)
        message = f"It does not run: {trouble}."
        return Result("smoke-tests/phase", subject, status, message, phase, "Running or Succeeded", trouble.fix or fix)
    if phase == "Succeeded":
        return Result("smoke-tests/phase", subject, Status.PASS, "It came to its end.", phase, "Running or Succeeded")
    if phase == "Running" and pods.is_ready(pod):
        return Result("smoke-tests/phase", subject, Status.PASS, "It runs.", phase, "Running or Succeeded")
    node = pod.cursor["spec"]["nodeName"].text()
    said = "" if node else pods.unscheduled_message(pod)
    warnings = context.events.warnings("Pod", pod.name, pod.namespace) if node else []
    why = (said or (str(warnings[0]) if warnings else "")).rstrip(".")
    where = f"on {node}" if node else "for a node"
    message = f"It is {phase or 'of unknown phase'}, waiting {where}{f': {why}' if why else ''}."
    status = context.status_of_late(pod) if phase in {"Pending", "Running"} else Status.FAIL
    if not node:
        status = Status.WAITING  # whether it waits in vain, `pods/pending` says
    return Result("smoke-tests/phase", subject, status, message, phase, "Running or Succeeded", fix)


def _check_logs(
    context: Context, workload: Workload, own: Sequence[KubernetesObject], logs: Sequence[Log]
) -> Iterator[Result]:
    asked = workload.pod.requests
    log_context = LogContext(
        workload=workload,
        subject=address(own[0] if own else workload.object),
        instance_type=_instance_type(context, workload, own),
        gpus=int(asked.get(vocabulary.GPU, 0)),
        efa=int(asked.get(vocabulary.EFA, 0)),
        nodes=_nodes(workload),
        over=bool(own) and all(pods.phase(pod) in {"Succeeded", "Failed"} for pod in own),
        only_waits=context.promise.needs_exec(workload),
    )
    yield from check_log(log_context, "\n".join(log.text for log in logs) if logs else None)


def _instance_type(context: Context, workload: Workload, own: Sequence[KubernetesObject]) -> InstanceType | None:
    """Return the type of the nodes that the test ran on: that of a pod's node with GPUs, else the only possible one."""
    for pod in own:
        node = context.snapshot.find(NODE, pod.cursor["spec"]["nodeName"].text())
        name = node.cursor["metadata"]["labels"][vocabulary.INSTANCE_TYPE].text() if node is not None else ""
        found = context.promise.cluster.catalogue.get(name)
        if found is not None and (found.count(vocabulary.GPU) or len(own) == 1):
            return found
    pools = context.promise.pools.values()
    types = {each for pool in pools for each in context.promise.cluster.fit(pool, workload).types}
    return next(iter(types)) if len(types) == 1 else None


def _nodes(workload: Workload) -> int:
    """Return on how many nodes a test runs at once: the pods of a Job, the workers of an MPIJob."""
    spec = workload.object.cursor["spec"]
    if workload.kind == "MPIJob":
        return spec["mpiReplicaSpecs"]["Worker"]["replicas"].integer() or 1
    return spec["parallelism"].integer() or spec["completions"].integer() or 1
