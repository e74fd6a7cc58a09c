"""The manifests of the two test Pods: one shows that the GPU works, the other that the fabric does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.objects.fields import plain

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions


_SHARED_MEMORY = "shared-memory"
_SHARED_MEMORY_PATH = "/dev/shm"  # noqa: S108 -- where it has to be


def gpu_smoke_test(options: GpuSmokeTestOptions) -> dict[str, Any]:
    """Return the Pod whose log shows the table of `nvidia-smi`."""
    container = {
        "name": "cuda-container",
        "image": options.image,
        "command": options.command,
        "args": options.args,
        "resources": _resources(options, {vocabulary.GPU: options.gpus}),
    }
    # Never: the Pod ends when it has shown the table, and must not be started over and over.
    return _pod(options, {"restartPolicy": "Never", "containers": [container]})


def efa_smoke_test(options: EfaSmokeTestOptions) -> dict[str, Any]:
    """Return the Pod in which `fi_info -p efa` lists the providers of the fabric."""
    limits = {
        vocabulary.EFA: options.efa_interfaces,
        vocabulary.GPU: options.gpus or None,
        "cpu": options.cpu,
        "memory": options.memory,
        vocabulary.HUGE_PAGES: options.huge_pages if options.asks_for_huge_pages else None,
    }
    without_huge_pages = options.huge_pages is not None and not options.asks_for_huge_pages
    shared_memory = options.shared_memory is not None
    container = {
        "name": "efa-container",
        "image": options.image,
        "command": options.command,
        "env": [{"name": "FI_EFA_USE_HUGE_PAGE", "value": "0"}] if without_huge_pages else None,
        "resources": _resources(options, limits),
        # RDMA writes straight to memory, which therefore must not be swapped out.
        "securityContext": {"capabilities": {"add": ["IPC_LOCK"]}},
        "volumeMounts": [{"name": _SHARED_MEMORY, "mountPath": _SHARED_MEMORY_PATH}] if shared_memory else None,
    }
    volume = {"name": _SHARED_MEMORY, "emptyDir": {"medium": "Memory", "sizeLimit": options.shared_memory}}
    return _pod(options, {"containers": [container], "volumes": [volume] if shared_memory else None})


def _resources(
    options: GpuSmokeTestOptions | EfaSmokeTestOptions, limits: dict[str, int | str | None]
) -> dict[str, Any]:
    """Return what the container asks for: devices, and what the user adds to them."""
    asked = options.resources
    requests, more = (asked.requests, asked.limits) if asked is not None else (None, None)
    return {"requests": requests or None, "limits": {**(more or {}), **{k: v for k, v in limits.items() if v}}}


def _pod(options: GpuSmokeTestOptions | EfaSmokeTestOptions, spec: dict[str, Any]) -> dict[str, Any]:
    scheduling = {
        "nodeSelector": options.node_pool and {vocabulary.NODE_POOL: options.node_pool},
        "affinity": options.affinity or None,
        "tolerations": options.tolerations or None,
        "imagePullSecrets": [{"name": name} for name in options.image_pull_secrets or ()] or None,
    }
    manifest: dict[str, Any] = plain(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": options.name, "namespace": options.namespace, "labels": options.labels or None},
            "spec": scheduling | spec,
        }
    )
    return manifest
