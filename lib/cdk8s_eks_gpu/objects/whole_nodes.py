"""What tests of whole nodes share in their Pods: what a node has, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.scheduling import GPU_TOLERATION
from cdk8s_eks_gpu.errors import MissingOptionError

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.whole_nodes import WholeNodeOptions
    from cdk8s_eks_gpu.instances import InstanceType

# Karpenter takes no node away on which such a Pod runs (its page "Disruption", v1.15).
DO_NOT_DISRUPT: Final = {"karpenter.sh/do-not-disrupt": "true"}


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
        "imagePullSecrets": [{"name": name} for name in options.image_pull_secrets or ()] or None,
    }


def shared_memory(size: int | str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a volume and its mount: /dev/shm of that size, in place of the 64 MiB that containers have."""
    volume = {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": size}}
    return volume, {"name": "shared-memory", "mountPath": "/dev/shm"}  # noqa: S108 -- where it has to be
