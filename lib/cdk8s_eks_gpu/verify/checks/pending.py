"""Pods that are bound to no node: which pool could host them, by the model of `explain`, and the events about them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from cdk8s_eks_gpu.descriptions import describe_briefly
from cdk8s_eks_gpu.hints import few
from cdk8s_eks_gpu.provisioning.needs_pool import needs_pool
from cdk8s_eks_gpu.provisioning.workload import Workload, read_workloads
from cdk8s_eks_gpu.quantity import format_quantity
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify import pods
from cdk8s_eks_gpu.verify.conditions import conditions, is_deleted
from cdk8s_eks_gpu.verify.result import Result
from cdk8s_eks_gpu.verify.snapshot import NODE_POOL, POD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.verify.context import Context
    from cdk8s_eks_gpu.verify.events import Event


_FEW = 3
_NODES = "nodes"
_REFUSED = "karpenter FailedScheduling"
"""How an event begins in which Karpenter says that it finds no instance type for a pod."""


class _Alike(Struct):
    """Pods of one owner that ask for the same.

    Attributes:
        workload: What they ask for.
        pods: The pods.
    """

    workload: Workload
    pods: list[KubernetesObject] = field(default_factory=list)


def check(context: Context) -> Iterator[Result]:
    """Yield for the pods that wait for a node, those of one owner that ask for the same together, why they wait."""
    for alike in _waiting(context):
        yield _result(context, alike)


def _waiting(context: Context) -> Iterable[_Alike]:
    alike: dict[tuple[object, ...], _Alike] = {}
    for pod in context.snapshot.of_kind(POD):
        spec = pod.cursor["spec"]
        if pods.phase(pod) != "Pending" or spec["nodeName"].text() or is_deleted(pod):
            continue
        owner = next(pod.cursor["metadata"]["ownerReferences"].objects(), None)
        if owner is not None and owner["kind"].text() == "DaemonSet":
            continue  # `daemon_sets` has them
        name = f"{owner['kind'].text()}/{owner['name'].text()}" if owner else f"Pod/{pod.name}"
        workload = next(iter(read_workloads(pod)), None)
        if workload is None:
            continue
        key = (pod.namespace, name, workload.pod.identity)
        alike.setdefault(key, _Alike(workload)).pods.append(pod)
    return alike.values()


def _result(context: Context, alike: _Alike) -> Result:
    workload, first = alike.workload, alike.pods[0]
    subject = f"Pod/{first.namespace}/{first.name}" if first.namespace else f"Pod/{first.name}"
    count = f" (and {len(alike.pods) - 1} like it)" if len(alike.pods) > 1 else ""
    said = _said(context, first)
    gates = [gate["name"].text() for gate in first.cursor["spec"]["schedulingGates"].objects()]
    if gates:
        message = f"Held back by scheduling gates: {', '.join(gates)}{count}."
        return Result(
            "pods/pending", subject, Status.WAITING, message, said, "", "Whatever set the gate has to remove it."
        )
    hosts = [pool for pool in context.promise.cluster.hosts(workload) if pool.spec.replicas is None]
    if hosts:
        result = Result("pods/pending", subject, context.status_of_late(first), count, said, "a node")
        return _hosted(context, workload, hosts, result)
    cluster = context.promise.cluster
    unknown = [pool.name for pool in cluster.candidates(workload) if cluster.may_host(pool, workload)]
    if unknown:
        message = f"Waits for a node; what pool {', '.join(unknown)} launches is not known here{count}."
        return Result("pods/pending", subject, Status.UNKNOWN, message, said)
    concerns_us = _concerns_pools(context, workload)
    message = f"No pool can host it{count}: {_why_not(context, workload)}."
    fix = "eks-gpu explain shows it for each instance type. Change what the pod asks for, or add a pool."
    return Result("pods/pending", subject, Status.FAIL if concerns_us else Status.UNKNOWN, message, said, "a host", fix)


def _hosted(context: Context, workload: Workload, hosts: Sequence[Pool], result: Result) -> Result:
    """Return the result of a pod that pools can host, with the message and the fix."""
    launch = context.promise.cluster.launch(workload)
    names = ", ".join(pool.name for pool in hosts)
    types = context.promise.cluster.fit(launch.pool if launch else hosts[0], workload).types
    some = few([each.name for each in types], _FEW, " ")
    message = f"Waits for a node{result.message}: pool {names} can host it ({some})."
    full = [text for pool in hosts if (text := _at_limit(context, pool))]
    if full and len(full) == len(hosts):
        fix = "Raise the limits of the pool, or take away what runs there."
        return replace(result, status=Status.FAIL, message=f"{message} {' '.join(full)}", fix=fix)
    return replace(result, message=message, fix=_by_events(context, hosts, refused=_REFUSED in result.observed))


def _by_events(context: Context, hosts: Sequence[Pool], *, refused: bool) -> str:
    """Return what to look at where the model sees a host and the pod waits all the same."""
    unready = [
        pool.name
        for pool in hosts
        if (found := context.snapshot.find(NODE_POOL, pool.name)) is not None
        and (ready := conditions(found).get("Ready")) is not None
        and not ready.holds
    ]
    if unready:
        return f"NodePool {', '.join(unready)} is not ready: see its conditions."
    if refused:
        return (
            "Karpenter sees no host where the manifests have one: compare the pool and its class in the cluster with "
            "them (applied), and see whether EC2 has the type free in the pool's zones (events of the NodeClaims)."
        )
    return "Karpenter makes a node within minutes; if it does not, its events and log say why."


def _at_limit(context: Context, pool: Pool) -> str:
    """Return which limit of a pool is used up; empty where none is."""
    observed = context.snapshot.find(NODE_POOL, pool.name)
    if observed is None:
        return ""
    used = observed.cursor["status"]["resources"].quantities()
    for resource, limit in observed.cursor["spec"]["limits"].quantities().items():
        smallest = min((each.allocatable.get(resource, limit) for each in pool.types), default=limit)
        step = 1 if resource == _NODES else smallest
        if used.get(resource, 0) + step > limit and used.get(resource):
            amounts = f"{format_quantity(used[resource])} of {format_quantity(limit)}"
            return f"Pool {pool.name} has used up its limit of {resource}: {amounts}."
    return ""


def _concerns_pools(context: Context, workload: Workload) -> bool:
    """Return whether the pod is expected on the promised pools: as `check` says, or since it is a test."""
    return needs_pool(context.promise.cluster, workload) or any(
        workload.object.name == test.object.name and test.namespace in {"", workload.namespace}
        for test in context.promise.tests
    )


def _why_not(context: Context, workload: Workload) -> str:
    """Return for each pool the reasons that keep most of its types from hosting the pod."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for pool in context.promise.pools.values():
        rejections = context.promise.cluster.fit(pool, workload).rejections
        counted = sorted(rejections, key=lambda entry: -entry[0].bit_count())
        for _, reasons in counted[:1]:
            by_reason[describe_briefly(reasons)].append(pool.name)
        if not counted:
            by_reason["the pool launches nothing"].append(pool.name)
    texts = [f"{', '.join(pools_[:_FEW])}: {reason}" for reason, pools_ in by_reason.items()]
    return " | ".join(texts[:_FEW]) or "there is no pool"


def _said(context: Context, pod: KubernetesObject) -> str:
    """Return what Karpenter and the kube-scheduler said last of the pod."""
    newest: dict[str, Event] = {}
    for event in context.events.about("Pod", pod.name, pod.namespace):
        if event.by == "karpenter" or event.is_warning:
            newest.setdefault(event.by, event)
    return " | ".join(map(str, newest.values())) or pods.unscheduled_message(pod)
