"""What tests of whole nodes share in their Pods: what a node has, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.scheduling import GPU_TOLERATION
from cdk8s_eks_gpu.errors import MissingOptionError
from cdk8s_eks_gpu.objects.pods import pull_secrets

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions, WholeNodeOptions
    from cdk8s_eks_gpu.instances import InstanceType


def labels(options: NodeTestOptions | NcclTestOptions) -> dict[str, str]:
    """Return the labels of a test and its Pods, by which the Pods find each other."""
    return {**(options.labels or {}), "app": options.name}


def instance_type(options: WholeNodeOptions) -> InstanceType:
    """Return the facts of the nodes' instance type.

    Raises:
        MissingOptionError: The options name none, and no pool has said it for them.
        UnknownNameError: It is not known; the message has a hint.
    """
    if options.instance_type is None:
        raise MissingOptionError("instanceType is missing: what a whole node has depends on it")
    from cdk8s_eks_gpu.instances import catalogue  # noqa: PLC0415 -- most configurations need no facts

    return catalogue().find(options.instance_type)


def gpus(options: WholeNodeOptions) -> int:
    """Return how many GPUs a node has.

    Raises:
        MissingOptionError: The instance type has none.
    """
    count = options.gpus or instance_type(options).count(vocabulary.GPU)
    if not count:
        raise MissingOptionError(f"{options.instance_type} has no GPU of NVIDIA: take another instanceType")
    return count


def efa_interfaces(options: WholeNodeOptions) -> int:
    """Return how many EFA interfaces a node has."""
    if options.efa_interfaces is not None:
        return options.efa_interfaces
    return instance_type(options).count(vocabulary.EFA)


def scheduling(options: WholeNodeOptions, zone: str | None = None) -> dict[str, Any]:
    """Return what has a Pod land on the nodes that are tested."""
    tolerations = (GPU_TOLERATION,) if options.tolerations is None else options.tolerations
    return {
        "nodeSelector": {
            vocabulary.NODE_POOL: options.node_pool,
            vocabulary.INSTANCE_TYPE: instance_type(options).name,
            vocabulary.ZONE: zone,
        },
        "tolerations": tolerations or None,
        "imagePullSecrets": pull_secrets(options),
    }
