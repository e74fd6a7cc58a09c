"""The pods that use EFA: do they ask for what a node has, and can they use it?"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.preflight.checks.names import owner
from cdk8s_eks_gpu.provisioning.needs_pool import needs_pool
from cdk8s_eks_gpu.provisioning.node_class import BOTTLEROCKET
from cdk8s_eks_gpu.quantity import format_quantity
from cdk8s_eks_gpu.requirements.resources import HUGE_PAGES as HUGE_PAGES_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import Cursor, Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


HUGE_PAGES = Rule(
    "efa/huge-pages",
    Severity.ERROR,
    "The pod asks for huge pages, and Karpenter knows of no node that offers any.",
    (
        "The EFA software likes huge pages, and AWS' examples ask for them. Karpenter counts none for any instance"
        " type, even where the AMI sets some aside, so it launches no node for the pod."
    ),
    "https://karpenter.sh/docs/concepts/nodeoverlays/",
    "Remove the request and set FI_EFA_USE_HUGE_PAGE=0; or declare the capacity in a NodeOverlay, and set the pages"
    " aside in the node class's `userData`.",
)
BOTTLEROCKET_HUGE_PAGES = Rule(
    "efa/bottlerocket-huge-pages",
    Severity.ERROR,
    "The pod asks for huge pages, and the user data of the Bottlerocket nodes sets none aside.",
    (
        "Bottlerocket has no huge pages unless its settings say so. Karpenter believes the NodeOverlay, starts a node,"
        " and the pod never fits it."
    ),
    "https://bottlerocket.dev/en/os/latest/#/api/settings/kernel/",
    'Add `[settings.kernel.sysctl]` with `"vm.nr_hugepages" = "2560"` (5 GiB in pages of 2 MiB) to the `userData`.',
)
PROPORTION = Rule(
    "efa/out-of-proportion",
    Severity.WARNING,
    "The pod takes another share of a node's EFA than of its GPUs.",
    (
        "What one pod takes too much of, the others on the node lack: GPUs without EFA wait for each other over TCP."
        " A pod that takes all GPUs and few EFAs leaves the bandwidth unused that the node is bought for."
    ),
    "https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html",
    "Ask for all GPUs and all EFA of a node, or for the same share of both: `eks-gpu explain TYPE` says how many.",
)
NOT_ASKED_FOR = Rule(
    "efa/not-asked-for",
    Severity.WARNING,
    "Several pods take all GPUs of nodes that have EFA, and ask for none.",
    "Only a pod that asks for vpc.amazonaws.com/efa gets the devices; NCCL falls back to TCP, as only its log says.",
    "https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html",
    "Ask for all EFA of the node in `limits`, or run the pods on a pool without EFA.",
)
SHARED_MEMORY = Rule(
    "efa/shared-memory",
    Severity.WARNING,
    "A pod with EFA and several GPUs has the /dev/shm that the container runtime gives it.",
    "That is 64 MiB. NCCL's processes on a node meet there, and fail or hang when it is full.",
    "https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html",
    "Mount an `emptyDir` with `medium: Memory` and a `sizeLimit` at /dev/shm; it counts as the pod's memory.",
)
SHARED_MEMORY_LIMIT = Rule(
    "efa/shared-memory-beyond-limit",
    Severity.WARNING,
    "A pod with EFA has a larger /dev/shm than its memory limit.",
    "What is written there counts as the container's memory: it is killed before the volume is full.",
    "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir",
    "Raise the memory limit above the volume's `sizeLimit`, by what the training itself needs.",
)

_ACCELERATORS = (vocabulary.GPU, vocabulary.NEURON, vocabulary.GAUDI)
_SHARED_MEMORY_PATH = "/dev/shm"  # noqa: S108 -- where NCCL looks for it


def check(context: Context) -> Iterator[Finding]:
    """Yield what keeps pods with EFA from using it, or from a node."""
    cluster = context.cluster
    has_static_efa = any(pool.node_class.efa_interfaces for pool in cluster.pools)
    for workload in cluster.workloads if cluster.pools else ():
        yield from _huge_pages(context, workload)
        if workload.asks_for(vocabulary.EFA):
            yield from _proportion(cluster, workload)
        elif has_static_efa and workload.asks_for(*_ACCELERATORS):
            yield from _not_asked_for(cluster, workload)
    for workload in context.efa_workloads:
        yield from _shared_memory(workload)


def _huge_pages(context: Context, workload: Workload) -> Iterator[Finding]:
    cluster = context.cluster
    pages = [name for name in workload.pod.requests if name.startswith(HUGE_PAGES_PREFIX)]
    if not pages or not needs_pool(context.cluster, workload):
        return
    if not cluster.may_have_host(workload) and cluster.may_have_host(workload.without_huge_pages):
        message = f"{owner(workload)} asks for {pages[0]}, and Karpenter knows of no node with any."
        yield finding_at(HUGE_PAGES, workload.object, workload.path, message, value=pages[0])
        return
    for pool in cluster.hosts(workload):
        manifest = pool.node_class_manifest
        if manifest is None or pool.node_class.ami_family != BOTTLEROCKET:
            continue
        user_data = manifest.cursor.at("spec", "userData")
        if "hugepages" not in user_data.text():
            message = f"{owner(workload)} asks for {pages[0]}, and node class {manifest.name} sets no huge pages aside."
            yield finding_at(BOTTLEROCKET_HUGE_PAGES, manifest, user_data.path, message)


def _proportion(cluster: Cluster, workload: Workload) -> Iterator[Finding]:
    """Yield that the pod takes different shares of the EFA and of the GPUs of every node that can host it."""
    requests = workload.pod.requests
    name = next((each for each in _ACCELERATORS if requests.get(each)), vocabulary.GPU)
    gpus, efas = requests.get(name, Decimal(0)), requests[vocabulary.EFA]
    first = None
    for _, instance_type, all_gpus, all_efas in _nodes(cluster, workload, name):
        if not _is_out_of_proportion(gpus, efas, all_gpus, all_efas):
            return
        first = first or (instance_type, all_gpus, all_efas)
    if first is not None:
        instance_type, all_gpus, all_efas = first
        message = (
            f"{owner(workload)} asks for {gpus} of the {all_gpus} {name} and {efas} of the {all_efas} EFA of"
            f" {instance_type.name}."
        )
        path = _limit_path(workload, vocabulary.EFA)
        yield finding_at(PROPORTION, workload.object, path, message, value=int(efas))


def _not_asked_for(cluster: Cluster, workload: Workload) -> Iterator[Finding]:
    """Yield that several pods take whole nodes with EFA, and leave it."""
    name = next((each for each in _ACCELERATORS if workload.pod.requests.get(each)), None)
    if name is None or workload.pod_count <= 1:
        return
    gpus, first = workload.pod.requests[name], None
    for pool, _, all_gpus, _ in _nodes(cluster, workload, name):
        if not pool.node_class.efa_interfaces or gpus != all_gpus:
            return
        first = first or pool
    if first is not None:
        message = f"{owner(workload)} takes all {gpus} {name} of each node of pool {first.name}, and none of its EFA."
        yield finding_at(NOT_ASKED_FOR, workload.object, _limit_path(workload, name), message, value=int(gpus))


def _nodes(
    cluster: Cluster, workload: Workload, accelerator: str
) -> Iterator[tuple[Pool, InstanceType, Decimal, Decimal]]:
    """Yield each pool and type that can host the pod, with how many accelerators and EFAs its nodes have."""
    for pool in cluster.hosts(workload.without_huge_pages):
        for each in cluster.fit(pool, workload.without_huge_pages).types:
            has = pool.instance_types.node_class_types.capacity(each)
            yield pool, each, has.get(accelerator, Decimal(0)), has.get(vocabulary.EFA, Decimal(0))


def _is_out_of_proportion(gpus: Decimal, efas: Decimal, all_gpus: Decimal, all_efas: Decimal) -> bool:
    """Return whether the shares differ by more than whole devices must: half an EFA cannot be asked for.

    One GPU with one EFA is what a test of the fabric asks for, and leaves the node's other devices usable.
    """
    if not (all_gpus and all_efas) or (gpus <= 1 and efas == 1):
        return False
    fair = gpus * all_efas / all_gpus
    return not fair.to_integral_value(ROUND_FLOOR) <= efas <= fair.to_integral_value(ROUND_CEILING)


def _shared_memory(workload: Workload) -> Iterator[Finding]:
    """Yield what is wrong with the /dev/shm of the containers that ask for EFA."""
    if workload.spec["hostIPC"].value is True:
        return
    volumes = {each["name"].text(): each for each in workload.spec["volumes"].objects()}
    for container in workload.containers():
        limits = container["resources"]["limits"]
        devices = sum((limits[each].quantity() or 0 for each in _ACCELERATORS), start=Decimal(0))
        if not limits[vocabulary.EFA].quantity():
            continue
        mounts = [
            each
            for each in container["volumeMounts"].objects()
            if each["mountPath"].text().rstrip("/") == _SHARED_MEMORY_PATH
        ]
        if not mounts and devices > 1:
            name = container["name"].value
            message = f"Container {name} of {owner(workload)} has {devices} accelerators and 64 MiB of /dev/shm."
            yield finding_at(SHARED_MEMORY, workload.object, container.path, message)
        for mount in mounts:
            volume = volumes.get(mount["name"].text())
            if volume is not None:
                yield from _beyond_limit(workload, container, volume["emptyDir"])


def _beyond_limit(workload: Workload, container: Cursor, directory: Cursor) -> Iterator[Finding]:
    size, limit = directory["sizeLimit"].quantity(), container["resources"]["limits"]["memory"].quantity()
    if directory["medium"].text() == "Memory" and size and limit and size >= limit:
        message = (
            f"The volume at {_SHARED_MEMORY_PATH} may grow to {format_quantity(size)}, and container"
            f" {container['name'].value} may have {format_quantity(limit)} of memory in all."
        )
        path = directory["sizeLimit"].path
        yield finding_at(SHARED_MEMORY_LIMIT, workload.object, path, message, value=directory["sizeLimit"].value)


def _limit_path(workload: Workload, resource: str) -> Path:
    """Return where the pod asks for the resource, or its containers where it says it elsewhere."""
    for container in workload.containers():
        for kind in ("limits", "requests"):
            amount = container["resources"][kind][resource]
            if amount:
                return amount.path
    return (*workload.path, "containers")
