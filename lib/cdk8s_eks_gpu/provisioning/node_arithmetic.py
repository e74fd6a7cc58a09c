"""What a node of a class and an instance type has, what is kept from pods, and what is left for them.

As Karpenter (v1.14.1) reckons before there is a node: `pkg/providers/instancetype/types.go` and the AMI families.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.node_class import BOTTLEROCKET, NodeClass
from cdk8s_eks_gpu.quantity import parse_quantity
from cdk8s_eks_gpu.requirements.resources import CPU, MEMORY, PODS, STORAGE, Amounts, add

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances import InstanceType

_ZERO = Decimal(0)
_MI = parse_quantity("1Mi")
_DEFAULT_VOLUME, _WINDOWS_VOLUME = parse_quantity("20Gi"), parse_quantity("50Gi")
_ARM_RESERVED = 64  # MiB that Graviton keeps
_VM_OVERHEAD = Decimal("0.075")
_PODS_WITHOUT_ENI_LIMIT = Decimal(110)
_MEMORY_EVICTION = 100 * _MI
_STORAGE_EVICTION = Decimal("0.1")
# The shares of CPU that are kept for Kubernetes: up to how many cores, and how much of these.
_CPU_SHARES = ((1, "0.06"), (2, "0.01"), (4, "0.005"), (None, "0.0025"))
_MILLI = Decimal("0.001")


def capacity(instance_type: InstanceType, node_class: NodeClass) -> Amounts:
    """Return what a node has in all, by resource, in base units: what a pool's `limits` are compared with."""
    resources = {**instance_type.allocatable, CPU: Decimal(instance_type.labels[vocabulary.INSTANCE_CPU])}
    resources[MEMORY] = _memory(instance_type)
    resources[STORAGE] = _storage(instance_type, node_class)
    resources[PODS] = _pods(instance_type, node_class)
    if node_class.efa_interfaces is not None:
        resources[vocabulary.EFA] = Decimal(node_class.efa_interfaces)
    if node_class.is_windows:
        resources[vocabulary.PRIVATE_IPV4] = _addresses(instance_type)
    return resources


def overhead(instance_type: InstanceType, node_class: NodeClass, has: Amounts) -> Amounts:
    """Return what a node with this capacity keeps from pods: for Kubernetes, for the system, against eviction."""
    is_bottlerocket = node_class.ami_family == BOTTLEROCKET
    # The memory kept for Kubernetes follows from the pods that have addresses, or from those that are allowed.
    pods = has[PODS] if is_bottlerocket or node_class.is_windows else eni_limited_pods(instance_type, node_class)
    kube_reserved = {
        CPU: _reserved_cpu(has[CPU]),
        MEMORY: (11 * pods + 255) * _MI,
        STORAGE: 1024 * _MI,
        **node_class.kube_reserved,
    }
    eviction = {
        MEMORY: _MEMORY_EVICTION,
        STORAGE: _threshold(_STORAGE_EVICTION, has[STORAGE]),
        **_evicted_at(node_class, has),
    }
    return add(kube_reserved, node_class.system_reserved, eviction)


def _evicted_at(node_class: NodeClass, has: Amounts) -> Amounts:
    """Return what must stay free, as the class says it: the larger one where both thresholds count."""
    hard, soft = (
        {name: _threshold(share, has[name]) for name, share in thresholds.items()}
        for thresholds in (node_class.eviction_hard, node_class.eviction_soft)
    )
    return {name: max(hard.get(name, _ZERO), soft.get(name, _ZERO)) for name in (*hard, *soft)}


def eni_limited_pods(instance_type: InstanceType, node_class: NodeClass) -> Decimal:
    """Return how many pods have an address: efa-only interfaces on the first card take the place of others."""
    pods = instance_type.allocatable[PODS]
    on_first_card = sum(interface.efa_only and interface.card == 0 for interface in node_class.network_interfaces or ())
    if not on_first_card or not instance_type.interfaces_per_card:
        return pods
    interfaces = instance_type.interfaces_per_card[0]
    left = interfaces - on_first_card
    return (pods - 2) / interfaces * left + 2 if left > 0 else _ZERO


def _addresses(instance_type: InstanceType) -> Decimal:
    """Return how many addresses an interface has for pods, which the limit of pods is made of; Windows is on amd64."""
    has_windows = instance_type.architecture == "amd64" and instance_type.has_limits
    interfaces = instance_type.interfaces_per_card if has_windows else ()
    return (instance_type.allocatable[PODS] - 2) / interfaces[0] if interfaces else _ZERO


def _memory(instance_type: InstanceType) -> Decimal:
    mebibytes = int(instance_type.labels[vocabulary.INSTANCE_MEMORY])
    mebibytes -= _ARM_RESERVED if instance_type.architecture == "arm64" else 0
    return (mebibytes - (mebibytes * _VM_OVERHEAD).to_integral_value(ROUND_CEILING)) * _MI


def _storage(instance_type: InstanceType, node_class: NodeClass) -> Decimal:
    if node_class.raid0 and instance_type.instance_store:
        return parse_quantity(f"{instance_type.instance_store}G")
    return node_class.root_volume or (_WINDOWS_VOLUME if node_class.is_windows else _DEFAULT_VOLUME)


def _pods(instance_type: InstanceType, node_class: NodeClass) -> Decimal:
    if node_class.max_pods is not None:
        pods = Decimal(node_class.max_pods)
    elif node_class.is_windows:
        pods = _PODS_WITHOUT_ENI_LIMIT
    else:
        pods = eni_limited_pods(instance_type, node_class)
    if node_class.pods_per_core and node_class.ami_family != BOTTLEROCKET:
        return min(pods, Decimal(node_class.pods_per_core) * int(instance_type.labels[vocabulary.INSTANCE_CPU]))
    return pods


@cache  # types have the same few numbers of cores
def _reserved_cpu(cores: Decimal) -> Decimal:
    """Return the CPU that is kept for Kubernetes: a falling share of each further core, in whole millicores."""
    reserved, start = _ZERO, 0
    for end, share in _CPU_SHARES:
        counted = cores - start if end is None else min(cores, Decimal(end)) - start
        if counted <= 0:
            break
        reserved += (counted * Decimal(share)).quantize(_MILLI, ROUND_FLOOR)
        start = end or start
    return reserved


@cache  # all types of a node class have the same volume
def _threshold(share: Decimal, whole: Decimal) -> Decimal:
    return (whole * share).to_integral_value(ROUND_CEILING) if share < 1 else share
