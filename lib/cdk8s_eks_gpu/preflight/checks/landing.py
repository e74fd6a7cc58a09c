"""Do the device plugins land on the pools that need them, and is there a machine for each pod that needs one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.manifests.field import Field
from cdk8s_eks_gpu.preflight.rules import landing as rules
from cdk8s_eks_gpu.provisioning.chain import EFA_PLUGIN, NFD_WORKER, NVIDIA_PLUGIN, Chain, Link, role
from cdk8s_eks_gpu.provisioning.fleet import ACCELERATORS
from cdk8s_eks_gpu.requirements import untolerated
from cdk8s_eks_gpu.requirements.node_selector import read_taints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.provisioning.cause import Cause
    from cdk8s_eks_gpu.provisioning.fleet import Pool
    from cdk8s_eks_gpu.provisioning.pod_specs import PodSpec
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.provisioning.world import World

_TAINTS: Path = ("spec", "template", "spec", "taints")
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
_KARPENTERS_WORD = {
    "nvidia.com/gpu.product": vocabulary.GPU_NAME,
    "nvidia.com/gpu.family": vocabulary.GPU_NAME,
    "nvidia.com/gpu.count": vocabulary.GPU_COUNT,
    "nvidia.com/gpu.memory": vocabulary.GPU_MEMORY,
    "nvidia.com/gpu.machine": vocabulary.INSTANCE_TYPE,
    vocabulary.GPU_PRESENT: vocabulary.GPU_MANUFACTURER,
}


def check(world: World) -> Iterator[Finding]:
    """Yield the pools whose devices nobody registers, and the pods for which there is no machine."""
    daemons = [
        (part, pods) for pods in world.pods if pods.owner.kind == "DaemonSet" and (part := role(pods)) is not None
    ]
    tolerating = [pods.workload for pods in world.pods if pods.workload.is_daemon]
    for pool in world.fleet.pools:
        chain = Chain(pool, daemons)
        if pool.admits(vocabulary.GPU):
            yield from _unregistered_gpus(chain)
        yield from _startup_taints(pool, tolerating)
    yield from _unregistered_efas(world, daemons)
    if world.fleet.pools:
        for pods in world.pods:
            if pods.asks_for(*ACCELERATORS):
                yield from _no_host(world, pods)


def _unregistered_gpus(chain: Chain) -> Iterator[Finding]:
    plugins = [pods for part, pods in chain.daemons if part == NVIDIA_PLUGIN]
    if not plugins or any(chain.lands(plugin) for plugin in plugins):
        return
    links = chain.broken_links(plugins[0])
    cause = links[-1]
    path, value = _place(chain.pool, cause)
    sentence = "; ".join(_said(link) for link in reversed(links))
    message = f"On the nodes of pool {chain.pool.name} {sentence}. Therefore no GPU is ever registered there."
    yield finding_at(rules.NO_GPU, chain.pool.manifest, path, message, value=value, fix=_cure(cause))


def _startup_taints(pool: Pool, daemons: Sequence[Workload]) -> Iterator[Finding]:
    path: Path = ("spec", "template", "spec", "startupTaints")
    for index, taint in enumerate(read_taints(Field(pool.manifest.get(*path), "", []))):
        of_others = any(taint.key.startswith(prefix) for prefix in _REMOVED_BY_OTHERS)
        if daemons and not of_others and all(untolerated([taint], one.tolerations) for one in daemons):
            message = f"No DaemonSet in the manifests tolerates the startup taint {taint} of pool {pool.name}."
            yield finding_at(rules.STARTUP_TAINT, pool.manifest, (*path, index), message, value=str(taint))


def _place(pool: Pool, cause: Link) -> tuple[Path, object]:
    """Return where in the pool the cause stands: at its first taint that is not tolerated."""
    taints = pool.manifest.get(*_TAINTS)
    for index, taint in enumerate(taints if isinstance(taints, list) else ()):
        same = isinstance(taint, dict) and any(
            taint.get("key") == one.key and taint.get("effect") == one.effect for one in cause.taints
        )
        if same:
            return (*_TAINTS, index), str(cause.taints[0])
    return ("spec", "template", "metadata", "labels"), None


def _said(link: Link) -> str:
    if link.taints:
        taints = " and ".join(map(str, link.taints))
        return f"{link.role} does not tolerate the taint {taints} and never lands"
    if link.awaited:
        return f"{link.role} waits for the label {' or '.join(link.awaited)}, which nothing sets there, and never lands"
    return f"{link.role} never lands"


def _cure(cause: Link) -> str:
    if cause.role == NFD_WORKER and cause.taints:
        return (
            "Use the taint nvidia.com/gpu=present:NoSchedule, or give the NFD worker a toleration for"
            f" {cause.taints[0]} (values nfd.worker.tolerations), or give the pool's template the label"
            ' nvidia.com/gpu.present: "true", on which the plugin does not need the worker.'
        )
    if cause.taints:
        return f"Give {cause.role} a toleration for {' and for '.join(map(str, cause.taints))}."
    return 'Run node feature discovery too, or give the pool\'s template the label nvidia.com/gpu.present: "true".'


def _unregistered_efas(world: World, daemons: list[tuple[str, PodSpec]]) -> Iterator[Finding]:
    plugins = [pods for part, pods in daemons if part == EFA_PLUGIN]
    told: set[str] = set()
    if not plugins:
        return
    for pods in world.pods:
        if not pods.asks_for(vocabulary.EFA):
            continue
        for pool in world.fleet.hosts(pods):
            chain = Chain(pool, daemons)
            if pool.name in told or any(chain.lands(plugin) for plugin in plugins):
                continue
            told.add(pool.name)
            link = chain.broken_links(plugins[0])[0]
            path, value = _place(pool, link)
            who = f"{pods.owner.kind} {pods.owner.name}"
            message = f"On the nodes of pool {pool.name} {_said(link)}, and {who} asks for {vocabulary.EFA} there."
            yield finding_at(rules.NO_EFA, pool.manifest, path, message, value=value)


def _no_host(world: World, pods: PodSpec) -> Iterator[Finding]:
    workload, fleet = pods.workload, world.fleet
    if fleet.has_host(pods):
        return
    owner = f"{pods.owner.kind} {pods.owner.name}"
    candidates = fleet.candidates(workload)
    wanted = sorted({value for one in workload.alternatives for value in one.allowed(vocabulary.NODE_POOL).values})
    if not candidates and vocabulary.NODE_POOL in workload.alternatives[0]:
        names = [pool.name for pool in fleet.pools]
        hint = did_you_mean(wanted[0], names) if wanted else ""
        message = f"{owner} selects the pool {', '.join(wanted)}, and the manifests have no such pool{hint}."
        yield finding_at(rules.NO_HOST, pods.owner, pods.path, message, value=wanted)
        return
    misses = _misses(world, pods, candidates or fleet.pools)
    kinds = {cause.kind for _, _, causes in misses for cause in causes}
    labels = sorted({cause.what for _, _, causes in misses for cause in causes if cause.kind == "label"})
    said = "; ".join(f"pool {pool}{f' ({name})' if name else ''}: {_causes(causes)}" for pool, name, causes in misses)
    message = f"No instance type can host {owner}. Nearest misses: {said or 'no pool admits any type'}."
    if kinds == {"label"} and any("run time" in cause.detail for _, _, causes in misses for cause in causes):
        cures = [
            f"select {_KARPENTERS_WORD[label]} instead of {label}" for label in labels if label in _KARPENTERS_WORD
        ]
        cures.append(f"add {', '.join(labels)} to spec.template.metadata.labels of the pool")
        cure = f"{'; or '.join(cures)}."
        yield finding_at(
            rules.RUN_TIME_LABEL, pods.owner, pods.path, message, value=labels[0], fix=cure[0].upper() + cure[1:]
        )
    else:
        yield finding_at(rules.NO_HOST, pods.owner, pods.path, message)


def _misses(world: World, pods: PodSpec, pools: Sequence[Pool]) -> list[tuple[str, str, tuple[Cause, ...]]]:
    """Return the types that came closest, each of another pool: those with the fewest causes, then the smallest."""
    misses = []
    for pool in pools:
        rejected = world.fleet.hosting(pool, pods).rejected
        if not rejected:
            continue
        name = min(rejected, key=lambda one: (_distance(rejected[one]), one))
        whole_pool = len(set(map(str, map(_causes, rejected.values())))) == 1
        misses.append((_distance(rejected[name]), pool.name, "" if whole_pool else name, rejected[name]))
    misses.sort(key=lambda miss: miss[:2])
    return [(pool, name, causes) for _, pool, name, causes in misses[:_MISSES]]


def _distance(causes: tuple[Cause, ...]) -> tuple[int, int]:
    """Return how far off a type is: a resource that it has too little of is nearer than one that it lacks."""
    lacking = sum(cause.kind == "resource" and cause.detail.endswith("has 0") for cause in causes)
    return lacking, len(causes)


def _causes(causes: tuple[Cause, ...]) -> str:
    return ", ".join(map(str, causes))
