"""The devices of a node: as many of each as its type has, all of them registered and healthy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.device_plugins import DEVICE_PLUGINS, device_plugin
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify import pods
from cdk8s_eks_gpu.verify.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.verify.context import Context, PoolNode

_COUNTED = (vocabulary.GPU, vocabulary.EFA, vocabulary.NEURON, vocabulary.AMD_GPU, vocabulary.GAUDI)
_MIG = "nvidia.com/mig-"


class _Counts(Struct, frozen=True):
    resource: str
    allocatable: int
    capacity: int
    expected: int


def expected_devices(context: Context, node: PoolNode) -> dict[str, tuple[int, str]]:
    """Return for each device that the node must have registered how many there are, and under which resource."""
    if node.instance_type is None:
        return {}
    types = node.pool.instance_types.node_class_types
    capacity = types.capacity(node.instance_type)
    counted = {name: int(capacity[name]) for name in _COUNTED if capacity.get(name)}
    found = {name: (count, name) for name, count in counted.items()}
    if vocabulary.EFA in counted and not _has_efa(node):
        del found[vocabulary.EFA]
    if vocabulary.GPU in counted:
        sharing = context.promise.sharing.of(node.labels)
        found[vocabulary.GPU] = (counted[vocabulary.GPU] * sharing.replicas, sharing.resource)
    return found


def _has_efa(node: PoolNode) -> bool:
    """Return whether EFA interfaces were attached: by the node class, or since a pod asked Karpenter for them."""
    if node.pool.node_class.efa_interfaces is not None:
        return node.pool.node_class.efa_interfaces > 0
    if node.claim is None:
        return False
    return bool(node.claim.cursor["spec"]["resources"]["requests"].quantities().get(vocabulary.EFA))


def check(context: Context, node: PoolNode) -> Iterator[Result]:
    """Yield for each device whether all of its kind are there."""
    if node.pool.not_evaluated is not None:
        return
    status = node.node.cursor["status"]
    allocatable, capacity = status["allocatable"].quantities(), status["capacity"].quantities()
    for device, (count, resource) in expected_devices(context, node).items():
        there = int(allocatable.get(resource, 0))
        if device == vocabulary.GPU and any(name.startswith(_MIG) and amount for name, amount in allocatable.items()):
            message = "The GPUs are divided into MIG devices: how many there should be, the facts do not say."
            yield Result("nodes/devices", node.subject, Status.UNKNOWN, message, str(there), str(count))
        elif there == count:
            message = f"{resource}: {there} allocatable, as {node.type_name} has."
            yield Result("nodes/devices", node.subject, Status.PASS, message, str(there), str(count))
        else:
            counts = _Counts(resource, there, int(capacity.get(resource, 0)), count)
            yield _wrong(context, node, device, counts)


def _wrong(context: Context, node: PoolNode, device: str, counts: _Counts) -> Result:
    resource, there, has, count = counts.resource, counts.allocatable, counts.capacity, counts.expected
    shown, expected = f"{there} (capacity {has})", f"{count}"
    if not there and not has:
        plugin, pod = _plugin(context, node, device)
        status = context.status_of_late(node.node)
        message = f"{resource} is not registered: {pod}."
        fix = f"Look at {plugin} on the node: does it land there, is it ready, what does its log say?"
    elif there < has:
        status = Status.FAIL
        message = f"{resource}: {has - there} of {has} are registered as unhealthy."
        fix = "Look for Xid and ECC lines in the plugin's log and the kernel's; replace the node."
    elif there < count:
        status = Status.FAIL
        message = (
            f"{resource}: only {there} of {count} are registered. Karpenter takes the node for initialized all the "
            "same, and pods that ask for all of them wait."
        )
        fix = (
            "Compare with the number of efa-only interfaces of the node class; the EFA plugin counts what is attached."
            if device == vocabulary.EFA
            else "The driver sees fewer GPUs than the type has: look for Xid lines in the kernel log, replace the node."
        )
    else:
        status = Status.FAIL
        message = f"{resource}: {there} are registered, more than {node.type_name} has."
        fix = "A configuration of the NVIDIA plugin that is not in the manifests shares the GPUs (timeSlicing, mps)."
    return Result("nodes/devices", node.subject, status, message, shown, expected, fix)


def _plugin(context: Context, node: PoolNode, device: str) -> tuple[str, str]:
    """Return what registers the device, and how its pod on the node stands."""
    rows = [row for row in DEVICE_PLUGINS if device in row.registers]
    name = rows[0].name if rows else "the device plugin"
    for workload in context.promise.daemon_sets:
        if device_plugin(workload) not in rows:
            continue
        for pod in context.snapshot.pods_by_node.get(node.node.name, ()):
            owners = pod.cursor["metadata"]["ownerReferences"].objects()
            if any(owner["name"].text() == workload.object.name for owner in owners):
                trouble = pods.trouble(pod)
                return name, str(
                    trouble
                ) if trouble else f"the pod of {name} there is {'' if pods.is_ready(pod) else 'not '}ready"
    return name, f"{name} has no pod there"
