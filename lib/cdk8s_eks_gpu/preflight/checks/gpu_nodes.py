"""What happens on GPU nodes: who comes there, what their GPUs are called, and whether they are watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import tolerations_text
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.preflight.checks.names import LABELS, missing_tolerations
from cdk8s_eks_gpu.provisioning.node_class import BOTTLEROCKET
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


TAKES_ALL = Rule(
    "scheduling/gpu-pool-takes-all",
    Severity.WARNING,
    "A pool of GPU nodes without a taint has more weight than a pool without GPUs.",
    (
        "Karpenter takes the heaviest pool that fits. Every pod fits a node with GPUs and no taint, so each pod of the"
        " cluster that needs a new node gets a GPU node, and the other pools stay empty."
    ),
    "https://karpenter.sh/docs/concepts/nodepools/#specweight",
    "Add the taint nvidia.com/gpu=present:NoSchedule to the pool, or take its weight away.",
)
RENAMED = Rule(
    "scheduling/gpu-renamed",
    Severity.WARNING,
    "The node class lets Bottlerocket rename or partition the GPUs, and Karpenter does not know the new resource.",
    (
        "Bottlerocket's own device plugin registers nvidia.com/gpu.shared where it renames, and nvidia.com/mig-* where"
        " it partitions under a mixed strategy. Karpenter counts nvidia.com/gpu: it starts a node for a pod that asks"
        " for it, the node never has any, and Karpenter starts the next one."
    ),
    "https://bottlerocket.dev/en/os/latest/api/settings/kubelet-device-plugins/",
    "Set `rename-by-default = false`; or declare the new resource's capacity in a NodeOverlay, and ask for that.",
)
NOT_WATCHED = Rule(
    "scheduling/monitoring-kept-off",
    Severity.WARNING,
    "A DaemonSet that reads the GPUs' metrics (DCGM) does not tolerate the taint of a pool with GPUs.",
    "Its pods never land there, so that the GPUs' load and errors are not monitored.",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html",
    "Give the DaemonSet a toleration for the pool's taint.",
)
NOT_PARTITIONED = Rule(
    "scheduling/mig-not-partitioned",
    Severity.WARNING,
    "The pool labels its nodes for MIG, and nothing in the manifests partitions the GPUs.",
    (
        "nvidia.com/mig.config is read by NVIDIA's MIG manager, which the GPU operator installs. Without it the GPUs"
        " stay whole, nvidia.com/mig-* is never registered, and pods that ask for it stay pending."
    ),
    "https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-operator-mig.html",
    "Run the MIG manager, or remove the label.",
)

_MIG_CONFIG = "nvidia.com/mig.config"
_MIG_MANAGERS = ("k8s-mig-manager", "gpu-operator", "nvidia-mig-parted")
_GPU = (vocabulary.GPU, vocabulary.AMD_GPU, vocabulary.NEURON, vocabulary.GAUDI)


def check(context: Context) -> Iterator[Finding]:
    """Yield what goes wrong on the nodes with GPUs."""
    pools = [pool for pool in context.cluster.pools if pool.not_evaluated is None and pool.is_known]
    with_devices = [pool for pool in pools if pool.types and all(map(_has_device, pool.types))]
    yield from _takes_all(pools, with_devices)
    for pool in with_devices:
        yield from _renamed(pool)
    for workload in context.cluster.workloads:
        if workload.is_daemon and any("dcgm" in image for image in workload.images):
            yield from _not_watched(workload, with_devices)
    if not any(part in image for each in context.cluster.workloads for image in each.images for part in _MIG_MANAGERS):
        for pool in pools:
            value = pool.manifest.cursor.at(*LABELS, _MIG_CONFIG)
            if value.text() not in {"", "all-disabled"} and not _partitions(pool):
                message = f"Pool {pool.name} has the label {_MIG_CONFIG}={value.text()}, which nothing here reads."
                yield finding_at(NOT_PARTITIONED, pool.manifest, value.path, message, value=value.text())


def _has_device(instance_type: InstanceType) -> bool:
    return any(instance_type.count(resource) for resource in _GPU)


def _takes_all(pools: list[Pool], with_devices: list[Pool]) -> Iterator[Finding]:
    others = [pool for pool in pools if pool not in with_devices and pool.types and not pool.spec.taints]
    for pool in with_devices:
        lighter = [each for each in others if each.spec.weight < pool.spec.weight]
        if lighter and pool.spec.replicas is None and not pool.spec.taints:
            message = (
                f"Pool {pool.name} has GPUs, no taint, and weight {pool.spec.weight}; pool {lighter[0].name} has"
                f" {lighter[0].spec.weight}: pods without GPUs get nodes of {pool.name}."
            )
            yield finding_at(TAKES_ALL, pool.manifest, ("spec", "weight"), message, value=pool.spec.weight)


def _not_watched(workload: Workload, pools: list[Pool]) -> Iterator[Finding]:
    for pool in pools:
        if not pool.with_device(vocabulary.GPU):
            continue
        taints = untolerated(pool.spec.taints, workload.pod.tolerations)
        if taints:
            message = f"DaemonSet {workload.name} does not tolerate {', '.join(map(str, taints))} of pool {pool.name}."
            fix = f"Give the DaemonSet the toleration of the taint: {tolerations_text(taints)}."
            path = (*workload.path, "tolerations")
            lacking = missing_tolerations(pool, [workload])
            yield finding_at(NOT_WATCHED, workload.object, path, message, fix=fix, missing_tolerations=lacking)
            return


def _settings(pool: Pool) -> dict[str, Any]:
    """Return what the user data of a Bottlerocket node class says of NVIDIA's device plugin."""
    if pool.node_class_manifest is None or pool.node_class.ami_family != BOTTLEROCKET:
        return {}
    import tomllib  # noqa: PLC0415 -- few node classes are Bottlerocket's

    try:
        found: Any = tomllib.loads(pool.node_class_manifest.cursor.at("spec", "userData").text())
    except tomllib.TOMLDecodeError:
        return {}
    for key in ("settings", "kubelet-device-plugins", "nvidia"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _partitions(pool: Pool) -> bool:
    return _settings(pool).get("device-partitioning-strategy") == "mig"


def _renamed(pool: Pool) -> Iterator[Finding]:
    settings, manifest = _settings(pool), pool.node_class_manifest
    if manifest is None:
        return
    slicing = settings.get("time-slicing")
    is_shared = settings.get("device-sharing-strategy") in {"time-slicing", "mps"}
    renames = is_shared and isinstance(slicing, dict) and slicing.get("rename-by-default", True) is True
    if renames:
        what = "renames its GPUs to nvidia.com/gpu.shared"
    elif _partitions(pool):
        what = "partitions its GPUs by MIG"
    else:
        return
    message = f"Bottlerocket {what} on the nodes of pool {pool.name}, and Karpenter counts nvidia.com/gpu."
    yield finding_at(RENAMED, manifest, ("spec", "userData"), message)
