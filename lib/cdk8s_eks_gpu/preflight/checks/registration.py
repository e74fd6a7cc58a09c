"""Does a device plugin land on the nodes that have its device, so that the device is registered?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe_all, tolerations_text
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.preflight.checks.names import LABELS, missing_tolerations, owner, taints_of
from cdk8s_eks_gpu.provisioning.device_plugins import NFD_WORKER, DevicePlugin
from cdk8s_eks_gpu.provisioning.node_class import BOTTLEROCKET
from cdk8s_eks_gpu.provisioning.reasons import LabelNotDefined, LabelNotSet, Reasons, TaintNotTolerated
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


NO_GPU = Rule(
    "scheduling/no-gpu-registered",
    Severity.ERROR,
    "The pool launches GPU nodes on which the NVIDIA device plugin never lands, so that no GPU is ever registered.",
    (
        "The plugin waits for a label that only the worker of node feature discovery sets, and in NVIDIA's charts the"
        " worker tolerates nothing but the taint nvidia.com/gpu=present:NoSchedule. With any other taint the DaemonSets"
        " stay at DESIRED 0, the nodes start, cost money and are removed again, and nothing says why."
    ),
    "https://github.com/NVIDIA/k8s-device-plugin/blob/main/deployments/helm/nvidia-device-plugin/values.yaml",
    "Use the taint nvidia.com/gpu=present:NoSchedule, or let the worker tolerate the pool's taint too.",
)
NO_DEVICE = Rule(
    "scheduling/no-device-registered",
    Severity.ERROR,
    "The pool launches nodes with devices whose device plugin never lands there, so that none is ever registered.",
    "A node whose devices are not registered never gets initialized: it costs money, and the pods stay pending.",
    "https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/",
    "Give the device plugin a toleration for the pool's taint.",
)
NO_EFA = Rule(
    "scheduling/no-efa-registered",
    Severity.ERROR,
    "Pods ask for EFA on a pool on whose nodes the EFA device plugin never lands.",
    (
        "The plugin registers vpc.amazonaws.com/efa. Its chart tolerates CriticalAddonsOnly only, so that any taint on"
        " the pool keeps it away; the nodes start, and the pods stay pending."
    ),
    "https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin",
    "Give the DaemonSet the toleration `operator: Exists`, or one for the pool's taint.",
)

_TAINTS: Path = ("spec", "template", "spec", "taints")


def check(context: Context) -> Iterator[Finding]:
    """Yield the pools whose devices are not registered."""
    for pool in context.cluster.pools:
        if not pool.not_evaluated:
            yield from _unregistered_devices(context.cluster, pool)
        yield from _unregistered_efa(context, pool)


def _unregistered_devices(cluster: Cluster, pool: Pool) -> Iterator[Finding]:
    for plugin in dict.fromkeys(plugin for plugin, _ in cluster.device_plugins):
        if not plugin.every_node or not pool.with_device(plugin.device) or _has_own_plugin(pool, plugin):
            continue
        daemon_sets = [workload for each, workload in cluster.device_plugins if each is plugin]
        if any(_serves(cluster, pool, plugin, workload) for workload in daemon_sets):
            continue
        links = _broken_links(cluster, pool, plugin, daemon_sets[0])
        name, reasons = links[-1]
        path, value = _place(pool, reasons)
        sentence = "; nor does ".join(f"{each}: {describe_all(why)}" for each, why in reversed(links))
        sentence = sentence.replace(":", " does not run:", 1)
        rule, device = (NO_GPU, "GPU") if plugin.device == vocabulary.GPU else (NO_DEVICE, plugin.device)
        message = f"On the nodes of pool {pool.name}, {sentence}. Therefore no {device} is ever registered there."
        lacking = missing_tolerations(pool, _without_toleration(cluster, plugin, reasons))
        fix = _fix(name, reasons)
        yield finding_at(rule, pool.manifest, path, message, value=value, fix=fix, missing_tolerations=lacking)


def _without_toleration(cluster: Cluster, plugin: DevicePlugin, reasons: Reasons) -> list[Workload]:
    """Return the DaemonSets that have to tolerate the pool's taints: the plugin, and what finds out features for it.

    There are none where something else keeps the plugin off, or where several could be meant.
    """
    rows = [(row, workload) for row, workload in cluster.device_plugins if row.device == plugin.device]
    is_clear = len({row.name for row, _ in rows}) == len(rows)
    return [workload for _, workload in rows] if is_clear and len(taints_of(reasons)) == len(reasons) else []


def _has_own_plugin(pool: Pool, plugin: DevicePlugin) -> bool:
    """Return whether the AMI brings the device plugin itself: Bottlerocket's NVIDIA variants do."""
    return plugin.device == vocabulary.GPU and pool.node_class.ami_family == BOTTLEROCKET


def _serves(cluster: Cluster, pool: Pool, plugin: DevicePlugin, workload: Workload) -> bool:
    """Return whether the device plugin lands on some of the pool's nodes with the device."""
    return any(each.count(plugin.device) for each in cluster.fit(pool, workload).types)


def _broken_links(cluster: Cluster, pool: Pool, plugin: DevicePlugin, workload: Workload) -> list[tuple[str, Reasons]]:
    """Return why the DaemonSet does not land, then why those do not that set the labels which it waits for."""
    reasons = _reasons(cluster, pool, plugin, workload)
    links = [(plugin.name, reasons)]
    awaited = [reason.key for reason in reasons if isinstance(reason, LabelNotSet)]
    for other, other_workload in cluster.device_plugins:
        sets_awaited = other is not plugin and any(other.sets(key) for key in awaited)
        if sets_awaited and not cluster.fit(pool, other_workload).type_set:
            links.append((other.name, _reasons(cluster, pool, other, other_workload)))
    return links


def _reasons(cluster: Cluster, pool: Pool, plugin: DevicePlugin, workload: Workload) -> Reasons:
    """Return what keeps the DaemonSet off the pool's nodes with the device; what the API server sets does not count."""
    rejected = cluster.fit(pool, workload).rejected
    with_device = [each.name for each in pool.types if not plugin.device or each.count(plugin.device)]
    reasons = next((rejected[name] for name in with_device if name in rejected), ())
    awaited = [reason for reason in reasons if isinstance(reason, LabelNotSet)]
    if len(awaited) > 1:  # alternatives, of which those count that something could set
        known = tuple(reason for reason in awaited if any(each.sets(reason.key) for each, _ in cluster.device_plugins))
        return known or (awaited[0],)
    return reasons


def _place(pool: Pool, reasons: Reasons) -> tuple[Path, object]:
    """Return where in the pool the cause stands: at its first taint that is not tolerated."""
    for index, taint in enumerate(pool.spec.taints):
        if taint in taints_of(reasons):
            return (*_TAINTS, index), str(taint)
    return LABELS, None


def _fix(name: str, reasons: Reasons) -> str:
    taints = taints_of(reasons)
    if taints and name == NFD_WORKER:
        return (
            "Use the taint nvidia.com/gpu=present:NoSchedule, or give the NFD worker a toleration for"
            f" {taints[0]} (values nfd.worker.tolerations: {tolerations_text(taints)}), or give the pool's template the"
            ' label nvidia.com/gpu.present: "true", on which the plugin does not need the worker.'
        )
    if taints:
        return f"Give {name} a toleration for {' and for '.join(map(str, taints))}: {tolerations_text(taints)}."
    return 'Run node feature discovery too, or give the pool\'s template the label nvidia.com/gpu.present: "true".'


def _unregistered_efa(context: Context, pool: Pool) -> Iterator[Finding]:
    plugins = [(plugin, each) for plugin, each in context.cluster.device_plugins if plugin.device == vocabulary.EFA]
    users = context.efa_workloads_on(pool)
    starts_with_efa = bool(pool.node_class.efa_interfaces and pool.types)
    is_needed = users or starts_with_efa  # Karpenter takes such a node for initialized all the same
    if not plugins or not is_needed or any(context.cluster.fit(pool, each).type_set for _, each in plugins):
        return
    reasons = _reasons(context.cluster, pool, *plugins[0])
    if not any(isinstance(reason, TaintNotTolerated | LabelNotSet | LabelNotDefined) for reason in reasons):
        return  # it does not select the instance types, which efa/plugin-skips-type reports
    path, value = _place(pool, reasons)
    why = f"{owner(users[0])} asks for {vocabulary.EFA} there" if users else "Every node there is started with EFA"
    message = f"On the nodes of pool {pool.name}, {plugins[0][0].name} does not run: {describe_all(reasons)}. {why}."
    workloads = [each for _, each in plugins]
    taints = untolerated(pool.spec.taints, workloads[0].pod.tolerations)
    lacking = missing_tolerations(pool, workloads) if taints and len(workloads) == 1 else ()
    awaited = [reason.key for reason in reasons if isinstance(reason, LabelNotSet | LabelNotDefined)]
    if taints:
        fix = f"Give the DaemonSet the toleration: {tolerations_text(taints)}."
    elif vocabulary.EFA_ATTACHED in awaited:
        fix = f"Set `efa` on the pool in cluster.yaml, which labels its nodes {vocabulary.EFA_ATTACHED}."
    else:
        label = " and ".join(awaited)
        fix = f"Give the pool's template the label {label}, or take it out of the DaemonSet's nodeSelector."
    yield finding_at(NO_EFA, pool.manifest, path, message, value=value, fix=fix, missing_tolerations=lacking)
