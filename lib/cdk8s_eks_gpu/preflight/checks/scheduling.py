"""Do the device plugins land on the nodes that need them, and is there an instance type for each pod?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe_all, tolerations_text
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.hints import did_you_mean, sentence
from cdk8s_eks_gpu.preflight.tolerations import missing_tolerations
from cdk8s_eks_gpu.provisioning.device_plugins import NFD_WORKER, DevicePlugin
from cdk8s_eks_gpu.provisioning.node_class import BOTTLEROCKET
from cdk8s_eks_gpu.provisioning.reasons import (
    InsufficientResource,
    LabelNotDefined,
    LabelNotSet,
    Reasons,
    TaintNotTolerated,
)
from cdk8s_eks_gpu.provisioning.resource_claims import claimed_drivers
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload

_SCHEDULING = "https://karpenter.sh/docs/concepts/scheduling/"
_TAINTS: Path = ("spec", "template", "spec", "taints")
_STARTUP_TAINTS: Path = ("spec", "template", "spec", "startupTaints")
_LABELS: Path = ("spec", "template", "metadata", "labels")

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
NO_HOST = Rule(
    "scheduling/no-host",
    Severity.ERROR,
    "No instance type that the pools launch can host the pod.",
    "Karpenter launches no node for it, and the pod stays pending.",
    _SCHEDULING,
    "Change the pod or a pool by what the nearest misses lack.",
)
RUN_TIME_LABEL = Rule(
    "scheduling/run-time-label",
    Severity.ERROR,
    "The pod selects a label that only appears on a running node, and no pool carries it.",
    (
        "GPU feature discovery and node feature discovery set their labels when the node runs. Karpenter decides"
        " before there is a node, knows nothing of them, and makes none."
    ),
    _SCHEDULING,
    "Select by Karpenter's own labels, or add the label to the pool's template.",
)
STARTUP_TAINT = Rule(
    "scheduling/startup-taint-stays",
    Severity.WARNING,
    "The pool's nodes start with a taint that nothing in the manifests could remove.",
    (
        "Whoever removes a startup taint must run on the node first, and so tolerate it. Until it is removed Karpenter"
        " does not count the node as initialized, no pod lands on it, and the node cannot be consolidated."
    ),
    "https://karpenter.sh/docs/concepts/nodepools/#spectemplatespecstartuptaints",
    "Let the DaemonSet that removes it tolerate it, or remove the startup taint.",
)
RULES = (NO_GPU, NO_DEVICE, NO_EFA, NO_HOST, RUN_TIME_LABEL, STARTUP_TAINT)

# Startup taints that add-ons of EKS and well-known projects remove, which few keep beside their pools.
_REMOVED_BY_OTHERS = (
    "node.kubernetes.io/",
    "node.cloudprovider.kubernetes.io/",
    "ebs.csi.aws.com/",
    "efs.csi.aws.com/",
    "fsx.csi.aws.com/",
    "s3.csi.aws.com/",
    "node.cilium.io/",
    "node.eks.amazonaws.com/",
)
_MISSES = 3  # more of them do not make a message clearer
# Karpenter's label for what GPU feature discovery would say later.
_KARPENTERS_LABEL = {
    "nvidia.com/gpu.product": vocabulary.GPU_NAME,
    "nvidia.com/gpu.family": vocabulary.GPU_NAME,
    "nvidia.com/gpu.count": vocabulary.GPU_COUNT,
    "nvidia.com/gpu.memory": vocabulary.GPU_MEMORY,
    "nvidia.com/gpu.machine": vocabulary.INSTANCE_TYPE,
    vocabulary.GPU_PRESENT: vocabulary.GPU_MANUFACTURER,
}


def check(context: Context) -> Iterator[Finding]:
    """Yield the pools whose devices nobody registers, and the pods for which there is no instance type."""
    cluster = context.cluster
    daemon_sets = [workload for workload in cluster.workloads if workload.is_daemon]
    for pool in cluster.pools:
        if not pool.not_evaluated:
            yield from _unregistered_devices(cluster, pool)
        yield from _startup_taints(pool, daemon_sets)
    yield from _unregistered_efas(cluster)
    for workload in cluster.workloads:
        if context.needs_pool(workload):
            yield from _no_host(cluster, workload)


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
        sentence = "; ".join(f"{each} {describe_all(why)}" for each, why in reversed(links))
        rule, device = (NO_GPU, "GPU") if plugin.device == vocabulary.GPU else (NO_DEVICE, plugin.device)
        message = f"On the nodes of pool {pool.name} {sentence}. Therefore no {device} is ever registered there."
        lacking = missing_tolerations(pool, _to_mend(cluster, plugin, reasons))
        fix = _fix(name, reasons)
        yield finding_at(rule, pool.manifest, path, message, value=value, fix=fix, missing_tolerations=lacking)


def _to_mend(cluster: Cluster, plugin: DevicePlugin, reasons: Reasons) -> list[Workload]:
    """Return the DaemonSets that have to tolerate the pool's taints: the plugin, and what finds out features for it.

    There are none where something else keeps the plugin off, or where several could be meant.
    """
    chain = [(row, workload) for row, workload in cluster.device_plugins if row.device == plugin.device]
    is_clear = len({row.name for row, _ in chain}) == len(chain)
    by_taint = all(isinstance(reason, TaintNotTolerated) for reason in reasons)
    return [workload for _, workload in chain] if is_clear and by_taint else []


def _has_own_plugin(pool: Pool, plugin: DevicePlugin) -> bool:
    """Return whether the AMI brings the device plugin itself: Bottlerocket's NVIDIA variants do."""
    return plugin.device == vocabulary.GPU and pool.node_class.ami_family == BOTTLEROCKET


def _serves(cluster: Cluster, pool: Pool, plugin: DevicePlugin, workload: Workload) -> bool:
    """Return whether the device plugin lands on some of the pool's nodes with the device."""
    return any(each.count(plugin.device) for each in cluster.hosting(pool, workload).types)


def _broken_links(cluster: Cluster, pool: Pool, plugin: DevicePlugin, workload: Workload) -> list[tuple[str, Reasons]]:
    """Return why the DaemonSet does not land, then why those do not that set the labels which it waits for."""
    reasons = _reasons(cluster, pool, plugin, workload)
    links = [(plugin.name, reasons)]
    awaited = [reason.key for reason in reasons if isinstance(reason, LabelNotSet)]
    for other, other_workload in cluster.device_plugins:
        sets_awaited = other is not plugin and any(other.sets(key) for key in awaited)
        if sets_awaited and not cluster.hosting(pool, other_workload).type_set:
            links.append((other.name, _reasons(cluster, pool, other, other_workload)))
    return links


def _reasons(cluster: Cluster, pool: Pool, plugin: DevicePlugin, workload: Workload) -> Reasons:
    """Return what keeps the DaemonSet off the pool's nodes with the device; what the API server sets does not count."""
    rejected = cluster.hosting(pool, workload).rejected
    with_device = [each.name for each in pool.types if not plugin.device or each.count(plugin.device)]
    reasons = next((rejected[name] for name in with_device if name in rejected), ())
    awaited = [reason for reason in reasons if isinstance(reason, LabelNotSet)]
    if len(awaited) > 1:  # alternatives, of which those count that something could set
        known = tuple(reason for reason in awaited if any(each.sets(reason.key) for each, _ in cluster.device_plugins))
        return known or (awaited[0],)
    return reasons


def _place(pool: Pool, reasons: Reasons) -> tuple[Path, object]:
    """Return where in the pool the cause stands: at its first taint that is not tolerated."""
    not_tolerated = [reason.taint for reason in reasons if isinstance(reason, TaintNotTolerated)]
    for index, taint in enumerate(pool.spec.taints):
        if taint in not_tolerated:
            return (*_TAINTS, index), str(taint)
    return _LABELS, None


def _fix(name: str, reasons: Reasons) -> str:
    taints = [str(reason.taint) for reason in reasons if isinstance(reason, TaintNotTolerated)]
    if taints and name == NFD_WORKER:
        return (
            "Use the taint nvidia.com/gpu=present:NoSchedule, or give the NFD worker a toleration for"
            f" {taints[0]} (values nfd.worker.tolerations: {_toleration(reasons)}), or give the pool's template the"
            ' label nvidia.com/gpu.present: "true", on which the plugin does not need the worker.'
        )
    if taints:
        return f"Give {name} a toleration for {' and for '.join(taints)}: {_toleration(reasons)}."
    return 'Run node feature discovery too, or give the pool\'s template the label nvidia.com/gpu.present: "true".'


def _toleration(reasons: Reasons) -> str:
    return tolerations_text([reason.taint for reason in reasons if isinstance(reason, TaintNotTolerated)])


def _startup_taints(pool: Pool, daemon_sets: Sequence[Workload]) -> Iterator[Finding]:
    for index, taint in enumerate(pool.spec.startup_taints):
        if not daemon_sets or taint.key.startswith(_REMOVED_BY_OTHERS):
            continue
        if all(untolerated([taint], workload.pod.tolerations) for workload in daemon_sets):
            message = f"No DaemonSet in the manifests tolerates the startup taint {taint} of pool {pool.name}."
            yield finding_at(STARTUP_TAINT, pool.manifest, (*_STARTUP_TAINTS, index), message, value=str(taint))


def _unregistered_efas(cluster: Cluster) -> Iterator[Finding]:
    plugins = [(plugin, each) for plugin, each in cluster.device_plugins if plugin.device == vocabulary.EFA]
    needed: dict[str, tuple[Pool, str]] = {}
    for workload in cluster.workloads if plugins else ():
        if workload.asks_for(vocabulary.EFA):
            asks = f"and {workload.kind} {workload.object.name} asks for {vocabulary.EFA} there"
            for pool in cluster.hosts(workload.without_huge_pages):
                needed.setdefault(pool.name, (pool, asks))
    for pool in cluster.pools if plugins else ():
        if pool.node_class.efa_interfaces and pool.types:  # Karpenter takes such a node for initialized all the same
            needed.setdefault(pool.name, (pool, "and every node there is started with EFA"))
    for pool, why in needed.values():
        if any(cluster.hosting(pool, each).type_set for _, each in plugins):
            continue
        reasons = _reasons(cluster, pool, *plugins[0])
        if not any(isinstance(reason, TaintNotTolerated | LabelNotSet | LabelNotDefined) for reason in reasons):
            continue  # it does not select the instance types, which efa/plugin-skips-type reports
        path, value = _place(pool, reasons)
        message = f"On the nodes of pool {pool.name} {plugins[0][0].name} {describe_all(reasons)}, {why}."
        workloads = [each for _, each in plugins]
        taints = untolerated(pool.spec.taints, workloads[0].pod.tolerations)
        lacking = missing_tolerations(pool, workloads) if taints and len(workloads) == 1 else ()
        fix = f"Give the DaemonSet the toleration: {tolerations_text(taints)}." if taints else None
        yield finding_at(NO_EFA, pool.manifest, path, message, value=value, fix=fix, missing_tolerations=lacking)


def _no_host(cluster: Cluster, workload: Workload) -> Iterator[Finding]:
    if cluster.may_have_host(workload):
        return
    if workload.without_huge_pages is not workload and cluster.may_have_host(workload.without_huge_pages):
        return  # efa/huge-pages reports it
    if any(pool.spec.replicas is not None for pool in cluster.hosts(workload.without_run_time_labels)):
        return  # the nodes of a static pool are there, with their labels
    owner, path = f"{workload.kind} {workload.object.name}", workload.path
    candidates = cluster.candidates(workload)
    wanted = sorted({value for term in workload.pod.terms for value in term.allowed(vocabulary.NODE_POOL).values})
    if not candidates and wanted:
        hint = did_you_mean(wanted[0], [pool.name for pool in cluster.pools])
        message = sentence(f"{owner} selects the pool {', '.join(wanted)}, and the manifests have no such pool{hint}")
        yield finding_at(NO_HOST, workload.object, path, message, value=wanted)
        return
    misses = _misses(cluster, workload, candidates or cluster.pools)
    reasons = [reason for _, _, why in misses for reason in why]
    nearest = "; ".join(f"pool {pool}{f' ({name})' if name else ''}: {describe_all(why)}" for pool, name, why in misses)
    message = f"No instance type can host {owner}. Nearest misses: {nearest or 'no pool launches any type'}."
    at_run_time = [reason.key for reason in reasons if isinstance(reason, LabelNotDefined) and reason.at_run_time]
    if at_run_time and len(at_run_time) == len(reasons):
        labels = sorted(set(at_run_time))
        fix = _run_time_label_fix(labels)
        yield finding_at(RUN_TIME_LABEL, workload.object, path, message, value=labels[0], fix=fix)
    else:
        claims = workload.pod.has_resource_claims and cluster.karpenter.considers_claims
        how = _claims_fix(cluster, workload) if claims else _toleration_fix(misses)
        yield finding_at(NO_HOST, workload.object, path, message, fix=how)


def _toleration_fix(misses: Sequence[tuple[str, str, Reasons]]) -> str | None:
    """Return how a pod gets a node that only taints keep off the nearest pool; None where something else does."""
    name, _, reasons = misses[0] if misses else ("", "", ())
    taints = [reason.taint for reason in reasons if isinstance(reason, TaintNotTolerated)]
    if not taints or len(taints) != len(reasons):
        return None
    return f"If the pod is meant for pool {name}, give it the toleration: {tolerations_text(taints)}."


def _claims_fix(cluster: Cluster, workload: Workload) -> str:
    """Return how a pod with resourceClaims gets a node: by a gate that is off by default, or by no claims."""
    plugin = "ask for the devices by the resource of their device plugin"
    if not cluster.karpenter.dra_gates:
        return f"Karpenter launches nodes for resourceClaims from 1.15 on, behind feature gates: upgrade, or {plugin}."
    names = {driver.gate for driver in claimed_drivers(cluster, workload)}
    gates = [gate for gate in cluster.karpenter.dra_gates if gate.name in names or not names]
    how = ", or ".join(f"{gate.name} by {gate.turned_on_by}" for gate in gates)
    return f"Turn on {how} (`--set settings.enableDRA=true` turns on all of them), or {plugin}."


def _run_time_label_fix(labels: Sequence[str]) -> str:
    fixes = [f"select {_KARPENTERS_LABEL[label]} instead of {label}" for label in labels if label in _KARPENTERS_LABEL]
    fixes.append(f"add {', '.join(labels)} to spec.template.metadata.labels of the pool")
    text = "; or ".join(fixes)
    return f"{text[0].upper()}{text[1:]}."


def _misses(cluster: Cluster, workload: Workload, pools: Iterable[Pool]) -> list[tuple[str, str, Reasons]]:
    """Return the types that came closest, each of another pool: those with the fewest reasons, then the smallest."""
    misses = []
    for pool in pools:
        if pool.not_evaluated:
            continue
        misses += [
            (_distance(why), pool.name, name, why)
            for name, why in cluster.kept_off_unknown(pool, workload).items()
            if why
        ][:1]
        rejections = [each for each in cluster.hosting(pool, workload).rejections if each[0]]
        if not rejections:
            continue
        types, reasons = min(rejections, key=lambda each: _distance(each[1]))
        whole_pool = len({reasons for _, reasons in rejections}) == 1
        name = "" if whole_pool else pool.instance_types.catalogue.of_set(types)[0].name
        misses.append((_distance(reasons), pool.name, name, reasons))
    misses.sort(key=lambda miss: miss[:3])
    return [(pool, name, reasons) for _, pool, name, reasons in misses[:_MISSES]]


def _distance(reasons: Reasons) -> tuple[int, int]:
    """Return how far off a type is: a resource that it has too little of is nearer than one that it lacks."""
    lacking = sum(isinstance(reason, InsufficientResource) and not reason.allocatable for reason in reasons)
    return lacking, len(reasons)
