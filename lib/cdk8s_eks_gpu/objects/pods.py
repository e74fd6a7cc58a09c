"""What the Pods of all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions, SmokeTestOptions
    from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions, WholeNodeOptions

DO_NOT_DISRUPT: Final = {vocabulary.DO_NOT_DISRUPT: "true"}
"""On a Pod that must not be moved: Karpenter takes no node away on which it runs (its page "Disruption", v1.15)."""

IPC_LOCK: Final = {"capabilities": {"add": ["IPC_LOCK"]}}
"""For containers with EFA: RDMA writes straight to memory, which therefore must not be swapped out."""


def metadata_of(
    options: GpuSmokeTestOptions | EfaSmokeTestOptions | NodeTestOptions | NcclTestOptions,
    labels: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Return the metadata of a test, without what is empty."""
    annotations = options.annotations or None
    return {"name": options.name, "namespace": options.namespace, "labels": labels or None, "annotations": annotations}


def pull_secrets(options: SmokeTestOptions | WholeNodeOptions) -> list[dict[str, str]] | None:
    """Return the `imagePullSecrets`; None for no secret."""
    return [{"name": name} for name in options.image_pull_secrets or ()] or None


def shared_memory(size: int | str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a volume and its mount: /dev/shm of that size, in place of the 64 MiB that containers have."""
    volume = {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": size}}
    return volume, {"name": "shared-memory", "mountPath": "/dev/shm"}  # noqa: S108 -- where it has to be
