"""The nodes of the pools: instance type, readiness, labels, taints, devices, capacity and driver."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.quantity import format_quantity
from cdk8s_eks_gpu.requirements import Operator
from cdk8s_eks_gpu.requirements.resources import CPU, MEMORY, PODS, STORAGE
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.checks import devices, drivers, taints
from cdk8s_eks_gpu.verify.conditions import conditions, sentence
from cdk8s_eks_gpu.verify.result import Result
from cdk8s_eks_gpu.verify.snapshot import NODE, NODE_CLAIM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.verify.context import Context, PoolNode


_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
# What the EKS node monitoring agent says of a node, and after how many minutes Karpenter replaces one where it is False
# (feature gate NodeRepair; RepairPolicies in pkg/cloudprovider/cloudprovider.go of its AWS provider, v1.15.0).
_MONITORED = {
    "AcceleratedHardwareReady": 10,
    "StorageReady": 30,
    "NetworkingReady": 30,
    "KernelReady": 30,
    "ContainerRuntimeReady": 30,
}
# Labels of the facts that tell what the GPUs are; others, such as bandwidths, Karpenter takes from EC2 as they are.
_OF_GPUS = (vocabulary.GPU_NAME, vocabulary.GPU_COUNT, vocabulary.GPU_MANUFACTURER)
_NETWORK_FIX = (
    "kubectl describe node: mostly the VPC CNI (aws-node) does not run there, or the kubelet lost the API server."
)
_PRESSURE_FIXES = {
    "DiskPressure": "Images and logs fill the disk: give the node class a larger volume, and replace the node.",
    "MemoryPressure": "Pods take more memory than they ask for: give them requests and limits that are true.",
    "PIDPressure": "Pods start too many processes: look for the one that does, or raise the kubelet's podPidsLimit.",
}
_TENTHS = 10
# What is compared of a node, and how many tenths of it must be there: CPU and pods are set to the number; of the others
# Karpenter's own consistency check (nodeshape.go, v1.15.0) complains below 90 %.
_COMPARED = (
    ("capacity", CPU, _TENTHS),
    ("capacity", PODS, _TENTHS),
    ("capacity", MEMORY, 9),
    ("capacity", STORAGE, 9),
    ("allocatable", CPU, 9),
    ("allocatable", MEMORY, 9),
    ("allocatable", STORAGE, 9),
)


def check(context: Context) -> Iterator[Result]:
    """Yield what of each node is as promised, and what is not."""
    if context.promise.pools and not context.snapshot.knows(NODE):
        yield Result("nodes/ready", "nodes", Status.UNKNOWN, "Nodes were not looked at.")
        return
    served = Counter(node.pool.name for node in context.nodes)
    for name, pool in context.promise.pools.items():
        replicas = pool.spec.replicas
        if replicas is not None and served[name] < replicas:
            message = f"The static pool keeps {replicas} nodes, and has {served[name]}."
            fix = "See the conditions and events of its NodeClaims, and the feature gate StaticCapacity."
            yield Result(
                "nodes/replicas", f"NodePool/{name}", Status.WAITING, message, str(served[name]), str(replicas), fix
            )
        elif name not in served:
            message = "The pool has no node now, so nothing can be said of its nodes."
            fix = "Start something that needs one: kubectl apply -f dist/smoke-tests/"
            yield Result("nodes/ready", f"NodePool/{name}", Status.UNKNOWN, message, fix=fix)
    for node in context.nodes:
        if node.claim is None and context.snapshot.knows(NODE_CLAIM) and node.pool.not_evaluated is None:
            message = "No NodeClaim is behind the node: Karpenter does not manage it, and does not take it away."
            yield Result("nodes/node-claim", node.subject, Status.UNKNOWN, message, "none", "a NodeClaim")
        yield from _ready(context, node)
        yield from _instance_type(node)
        yield from _labels(context, node)
        yield from taints.check(context, node)
        yield from devices.check(context, node)
        yield from _capacity(node)
        yield from drivers.check(context, node)


def _ready(context: Context, node: PoolNode) -> Iterator[Result]:
    found = conditions(node.node)
    ready = found.get("Ready")
    for kind in _PRESSURES:
        if kind in found and found[kind].holds:
            message = sentence(f"The node has {kind}", found[kind].message)
            fix = _PRESSURE_FIXES.get(kind, _NETWORK_FIX)
            yield Result("nodes/ready", node.subject, Status.FAIL, message, str(found[kind]), f"{kind} False", fix)
    for kind, minutes in _MONITORED.items():
        if kind in found and found[kind].status == "False":
            message = sentence(f"The EKS node monitoring agent finds {kind} False", found[kind].message)
            fix = (
                f"Karpenter replaces the node after {minutes} minutes with the feature gate NodeRepair; else delete it."
            )
            yield Result("nodes/health", node.subject, Status.FAIL, message, str(found[kind]), f"{kind} True", fix)
    if ready is not None and ready.holds:
        yield Result("nodes/ready", node.subject, Status.PASS, "Ready.")
        return
    observed = str(ready) if ready is not None else "not said"
    status = context.status_of_late(node.node)
    message = sentence("The node is not ready", ready.message if ready is not None else "")
    yield Result("nodes/ready", node.subject, status, message, observed, "Ready True", _NETWORK_FIX)


def _instance_type(node: PoolNode) -> Iterator[Result]:
    if node.pool.not_evaluated is not None:
        message = f"Not checked: {node.pool.not_evaluated.value}."
        yield Result("nodes/instance-type", node.subject, Status.UNKNOWN, message, node.type_name)
        return
    predicted = {each.name for each in node.pool.types}
    count = len(predicted)
    expected = f"{f'one of the {count} types' if count > 1 else 'the one type'} of pool {node.pool.name}"
    if node.type_name in predicted:
        message = f"{node.type_name} is {expected}."
        yield Result("nodes/instance-type", node.subject, Status.PASS, message, node.type_name, expected)
    elif node.instance_type is None or node.type_name in node.pool.unknown_types:
        message = "The instance type is newer than the facts, or its label is missing."
        yield Result("nodes/instance-type", node.subject, Status.UNKNOWN, message, node.type_name or "no label")
    else:
        message = f"Pool {node.pool.name} does not launch {node.type_name}: {_left_out(node)}."
        fix = "The node is older than the pool's change, or the cluster's pool differs: apply it, let the node drift."
        yield Result("nodes/instance-type", node.subject, Status.FAIL, message, node.type_name, expected, fix)


def _left_out(node: PoolNode) -> str:
    has = node.instance_type.requirements if node.instance_type is not None else {}
    unmet = [
        str(asked) for key, asked in node.pool.spec.written.items() if key in has and not has[key].intersects(asked)
    ]
    return f"the pool asks for {', '.join(unmet)}" if unmet else "its limits or its node class keep the type out"


def _labels(context: Context, node: PoolNode) -> Iterator[Result]:
    labels, wrong = node.labels, 0
    for key, requirement in node.pool.spec.requirements.items():
        value = labels.get(key)
        if key in {"karpenter.sh/initialized", "karpenter.sh/registered"}:
            continue  # the conditions of the NodeClaim tell of these
        if value is None and requirement.refuses:
            continue
        if value is None or value not in requirement:
            wrong += 1
            only = (
                next(iter(requirement.values)) if requirement.operator is Operator.IN and len(requirement) == 1 else ""
            )
            state = "is missing" if value is None else "has another value than the pool gives it"
            message = f"The label {key} {state}."
            expected = only or str(requirement)
            fix = "Karpenter sets it once, when the node registers: kubectl label node, or replace it."
            status = context.registration_status(node)
            yield Result("nodes/labels", node.subject, status, message, value or "missing", expected, fix)
    facts = node.instance_type.labels if node.instance_type is not None else {}
    for key in _OF_GPUS:
        if key in facts and labels.get(key, facts[key]) != facts[key]:
            wrong += 1
            message = f"The label {key} is not what the facts say of {node.type_name}."
            yield Result(
                "nodes/labels", node.subject, Status.FAIL, message, labels[key], facts[key], "Replace the node."
            )
    if not wrong:
        yield Result("nodes/labels", node.subject, Status.PASS, "Its labels are those that the pool promises.")


def _capacity(node: PoolNode) -> Iterator[Result]:
    """Yield whether pods find on the node what the arithmetic says; devices apart."""
    if node.instance_type is None or node.pool.not_evaluated is not None:
        return
    types = node.pool.instance_types.node_class_types
    expected = {"capacity": types.capacity(node.instance_type), "allocatable": types.allocatable(node.instance_type)}
    wrong = 0
    for kind, resource, tenths in _COMPARED:
        promised, there = expected[kind].get(resource), node.node.cursor["status"][kind].quantities().get(resource)
        if promised is None or there is None or there * _TENTHS >= promised * tenths:
            continue
        wrong += 1
        message = f"The node's {kind} of {resource} is less than calculated, so pods that should fit may not."
        wanted = f"{'' if tenths == _TENTHS else 'at least 90 % of '}{format_quantity(promised)}"
        fix = _capacity_fix(resource)
        yield Result("nodes/capacity", node.subject, Status.FAIL, message, format_quantity(there), wanted, fix)
    if not wrong:
        yield Result("nodes/capacity", node.subject, Status.PASS, "CPU, memory, storage and pods are as calculated.")


def _capacity_fix(resource: str) -> str:
    return {
        PODS: "The kubelet has another maxPods: set spec.kubelet.maxPods of the EC2NodeClass, not in user data.",
        STORAGE: "The volume is not that of the EC2NodeClass: its device must be the one that the AMI family uses.",
    }.get(
        resource, "Karpenter's VM_MEMORY_OVERHEAD_PERCENT, kubeReserved or the instance differs from what is assumed."
    )
