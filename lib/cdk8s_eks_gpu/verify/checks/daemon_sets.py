"""The DaemonSets: on the very nodes where they are predicted to land, ready there, and why not on others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.device_plugins import device_plugin
from cdk8s_eks_gpu.requirements import Requirements, untolerated
from cdk8s_eks_gpu.requirements.node_selector import read_taints
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify import pods
from cdk8s_eks_gpu.verify.conditions import is_deleted
from cdk8s_eks_gpu.verify.result import Result
from cdk8s_eks_gpu.verify.snapshot import DAEMON_SET, NODE, POD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.verify.context import Context, PoolNode

_LOG = "kubectl logs {pod} --namespace {namespace} --all-containers"


def check(context: Context) -> Iterator[Result]:
    """Yield for each DaemonSet how many of its pods are wanted and ready, and each node where it is otherwise."""
    for workload in context.promise.daemon_sets:
        observed = context.snapshot.find(DAEMON_SET, workload.object.name, workload.namespace)
        if observed is not None and not is_deleted(observed):
            yield from _daemon_set(context, workload, observed)


def _daemon_set(context: Context, workload: Workload, observed: KubernetesObject) -> Iterator[Result]:
    subject = f"DaemonSet/{observed.namespace}/{observed.name}"
    own = context.snapshot.pods_by_owner.get(("DaemonSet", observed.namespace, observed.name), ())
    by_node = {
        each.cursor["spec"]["nodeName"].text() or _wanted_node(each): each for each in own if not is_deleted(each)
    }
    if not context.snapshot.knows(POD):
        yield Result("daemonsets/scheduling", subject, Status.UNKNOWN, "Pods were not looked at.")
    elif context.snapshot.knows(NODE):
        yield from _scheduling(context, workload, subject, by_node)
    yield _numbers(context, observed, subject, by_node)


def _wanted_node(pod: KubernetesObject) -> str:
    """Return the node that the pod of a DaemonSet is made for, before it is bound: its affinity names it."""
    affinity = pod.cursor["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    for term in affinity["nodeSelectorTerms"].objects():
        for field in term["matchFields"].objects():
            if field["key"].text() == "metadata.name":
                return next(iter(field["values"].texts()), "")
    return ""


def _scheduling(
    context: Context, workload: Workload, subject: str, by_node: Mapping[str, KubernetesObject]
) -> Iterator[Result]:
    wanted = there = 0
    for node in context.nodes:
        if node.instance_type is None or node.pool.not_evaluated is not None:
            continue
        pod, is_expected = by_node.get(node.node.name), context.is_expected_on(workload, node)
        wanted += is_expected
        if is_expected and pod is None:
            yield _left_out(context, workload, subject, node)
        elif is_expected and pod is not None:
            there += 1
            yield from _not_ready(context, subject, node, pod)
        elif pod is not None:
            there += 1
            yield from _unexpected(workload, subject, node)
    if there == wanted:
        where = f"on {there} of {len(context.nodes)} nodes of the pools" if context.nodes else "there is no node yet"
        yield Result("daemonsets/scheduling", subject, Status.PASS, f"It is scheduled where predicted: {where}.")


def _left_out(context: Context, workload: Workload, subject: str, node: PoolNode) -> Result:
    reason = _why_left_out(workload, node)
    waited = next(iter(context.promise.cluster.fit(node.pool, workload).awaited_labels), "")
    passing = (vocabulary.UNREGISTERED, *map(str, node.pool.spec.startup_taints), *filter(None, [waited]))
    passes = not reason or any(each in reason for each in passing)
    status = context.status_of_late(node.node) if passes else Status.FAIL
    message = f"Has no pod on {node.node.name}: {reason or _missing(context, workload, node)}."
    return Result(
        "daemonsets/scheduling",
        subject,
        status,
        message,
        "no pod",
        f"a pod on {node.node.name}",
        _fix(context, reason, waited),
    )


def _missing(context: Context, workload: Workload, node: PoolNode) -> str:
    """Return what is said where nothing of the node keeps the DaemonSet off it."""
    there = context.snapshot.pods_by_node.get(node.node.name, ())
    owned = (pod for pod in there if is_deleted(pod) and pod.name.startswith(f"{workload.object.name}-"))
    leaving = next(owned, None)
    return f"its former pod {leaving.name} is still being deleted" if leaving is not None else "the node would take it"


def _fix(context: Context, reason: str, waited: str) -> str:
    if waited and waited in reason:
        setters = [plugin.name for plugin, _ in context.promise.cluster.device_plugins if plugin.sets(waited)]
        by = f" {setters[0]} sets it" if setters else " Nothing in the manifests sets it"
        return f"Find out why the label is missing:{by}; see its pod on the node."
    if "taint" in reason:
        return "Take the taint off the node, or let the DaemonSet tolerate it (plugins.nvidia.tolerations)."
    if reason:
        return "Nodes get the labels of their pool when they are created: replace the node, or correct the label."
    return "The DaemonSet controller makes it within seconds: see kube-controller-manager and quotas of the namespace."


def _why_left_out(workload: Workload, node: PoolNode) -> str:
    """Return what of the node as it is keeps the DaemonSet off it, as the DaemonSet controller decides."""
    taints = read_taints(node.node.cursor["spec"]["taints"])
    unmet = untolerated([each for each in taints if not _is_tolerated_anyway(each.key)], workload.pod.tolerations)
    if unmet:
        return "it does not tolerate the taint " + ", ".join(map(str, unmet))
    has = Requirements.of_labels(node.labels)
    conflicts = [has.compatible(term) for term in workload.pod.terms]
    if all(conflicts):
        return "the node lacks what it selects: " + " or ".join(
            dict.fromkeys(str(term[0].incoming) for term in conflicts)
        )
    return ""


def _is_tolerated_anyway(key: str) -> bool:
    """Return whether the DaemonSet controller lets its pods tolerate the taint (pkg/controller/daemon, v1.34)."""
    return key in {
        *("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/disk-pressure"),
        *("node.kubernetes.io/memory-pressure", "node.kubernetes.io/pid-pressure", "node.kubernetes.io/unschedulable"),
    }


def _unexpected(workload: Workload, subject: str, node: PoolNode) -> Iterator[Result]:
    plugin = device_plugin(workload)
    device = plugin.device if plugin is not None else ""
    has_it = node.node.cursor["status"]["allocatable"].quantities().get(device, 0) > 0
    message = f"Has a pod on {node.node.name}, where it was not predicted to land."
    fix = (
        f"The node has no {device}, without which a plugin may crash. Keep it off with a label of the pool (`efa`)."
        if plugin is not None and device and not has_it
        else "Compare the node's labels and taints with those of its pool."
    )
    yield Result("daemonsets/scheduling", subject, Status.FAIL, message, "a pod", "no pod", fix)


def _not_ready(context: Context, subject: str, node: PoolNode, pod: KubernetesObject) -> Iterator[Result]:
    if pods.is_ready(pod):
        return
    trouble = pods.trouble(pod)
    said = pods.unscheduled_message(pod)
    log = _LOG.format(pod=pod.name, namespace=pod.namespace)
    if trouble is not None:
        status = Status.FAIL if trouble.is_final else context.status_of_late(pod)
        fix = f"{trouble.fix} {log}{' --previous' if trouble.reason == 'CrashLoopBackOff' else ''}".strip()
        message = f"Its pod on {node.node.name} does not run: {trouble}."
        yield Result("daemonsets/ready", subject, status, message, trouble.reason, "ready", fix)
        return
    events = context.events.warnings("Pod", pod.name, pod.namespace)
    why = said or (str(events[0]) if events else f"phase {pods.phase(pod) or 'not said'}")
    message = f"Its pod on {node.node.name} is not ready: {why}."
    fix = f"See its log and events: {log}"
    yield Result("daemonsets/ready", subject, context.status_of_late(pod), message, "not ready", "ready", fix)


def _numbers(
    context: Context, observed: KubernetesObject, subject: str, by_node: Mapping[str, KubernetesObject]
) -> Result:
    status = observed.cursor["status"]
    desired, ready = (status[key].integer() or 0 for key in ("desiredNumberScheduled", "numberReady"))
    updated = status["updatedNumberScheduled"].integer()
    shown, expected = f"desired {desired}, ready {ready}", f"desired {desired}, ready {desired}"
    seen = status["observedGeneration"].integer()
    generation = observed.cursor["metadata"]["generation"].integer()
    if seen is None or (generation is not None and seen < generation):
        message = "The DaemonSet controller has not looked at its newest version."
        return Result("daemonsets/ready", subject, context.status_of_late(observed), message)
    if ready < desired:
        why = _troubles(list(by_node.values()))
        young = any(context.is_young(pod) and not pods.is_ready(pod) for pod in by_node.values())
        final = any((trouble := pods.trouble(pod)) is not None and trouble.is_final for pod in by_node.values())
        outcome = Status.WAITING if young and not final else Status.FAIL
        message = f"{desired - ready} of its {desired} pods are not ready{why}."
        fix = f"kubectl get pods --namespace {observed.namespace} -o wide"
        return Result("daemonsets/ready", subject, outcome, message, shown, expected, fix)
    if updated is not None and updated < desired and _rolls(observed):
        message = f"A new version is rolled out: {updated} of {desired} pods have it."
        return Result("daemonsets/ready", subject, Status.WAITING, message, f"updated {updated}", f"updated {desired}")
    return Result("daemonsets/ready", subject, Status.PASS, f"Desired {desired}, ready {ready}.", shown, expected)


def _rolls(observed: KubernetesObject) -> bool:
    return observed.cursor["spec"]["updateStrategy"]["type"].text() != "OnDelete"


def _troubles(own: Sequence[KubernetesObject]) -> str:
    found = {trouble.reason for pod in own if not pods.is_ready(pod) and (trouble := pods.trouble(pod)) is not None}
    return f": {', '.join(sorted(found))}" if found else ""
