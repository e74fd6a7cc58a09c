"""The manifests of the two tests, as Pods and as Jobs: one shows that the GPU works, the other that the fabric does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.objects.argocd import POST_SYNC_HOOK, REPLACED, SYNC_WAVE
from cdk8s_eks_gpu.objects.fields import plain
from cdk8s_eks_gpu.objects.pods import DO_NOT_DISRUPT, IPC_LOCK, metadata_of, pull_secrets, shared_memory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.config.delivery import ArgoCd
    from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions


_RETRIES = 2


def gpu_smoke_test(options: GpuSmokeTestOptions) -> dict[str, Any]:
    """Return the Pod whose log shows the table of `nvidia-smi`."""
    container = {
        "name": "cuda-container",
        "image": options.image,
        "command": options.command,
        "args": options.args,
        "resources": _resources(options),
    }
    # Never: the Pod ends when it has shown the table, and must not be started over and over.
    return _pod(options, {"restartPolicy": "Never", "containers": [container]})


def efa_smoke_test(options: EfaSmokeTestOptions) -> dict[str, Any]:
    """Return the Pod in which `fi_info -p efa` lists the providers of the fabric."""
    without_huge_pages = options.huge_pages is not None and vocabulary.HUGE_PAGES not in options.limits
    volume, mount = shared_memory(options.shared_memory) if options.shared_memory is not None else (None, None)
    container = {
        "name": "efa-container",
        "image": options.image,
        "command": options.command,
        "env": [{"name": "FI_EFA_USE_HUGE_PAGE", "value": "0"}] if without_huge_pages else None,
        "resources": _resources(options),
        "securityContext": IPC_LOCK,
        "volumeMounts": mount and [mount],
    }
    return _pod(options, {"containers": [container], "volumes": volume and [volume]})


def gpu_smoke_test_job(options: GpuSmokeTestOptions, argocd: ArgoCd) -> dict[str, Any]:
    """Return the test as a Job: it fails where `nvidia-smi` does, or when it has taken too long."""
    # The Pod sleeps afterwards so that its log can be read. A Job's stays, and the GPU is free sooner.
    is_ours = options.model_fields_set.isdisjoint({"command", "args"})
    own = {"command": ["nvidia-smi"], "args": None} if is_ours else {}
    return _job(gpu_smoke_test(options), options, "gpu-smoke-test", own, argocd)


def efa_smoke_test_job(options: EfaSmokeTestOptions, argocd: ArgoCd) -> dict[str, Any]:
    """Return the test as a Job: it fails where `fi_info` finds no EFA device, or when it has taken too long."""
    own = {"command": ["fi_info", "-p", "efa"]} if "command" not in options.model_fields_set else {}
    return _job(efa_smoke_test(options), options, "efa-smoke-test", own, argocd)


def _job(
    pod: Mapping[str, Any],
    options: GpuSmokeTestOptions | EfaSmokeTestOptions,
    name: str,
    command: Mapping[str, Any],
    argocd: ArgoCd,
) -> dict[str, Any]:
    """Return a Job of the Pod; `command` is what its container runs instead."""
    own = {key: value for key, value in (options.annotations or {}).items() if key != SYNC_WAVE}
    template = {
        # A test that is moved to another node waits for that one too, and may then take too long.
        "metadata": plain({"labels": options.labels or None, "annotations": DO_NOT_DISRUPT | own}),
        "spec": {
            **pod["spec"],
            "restartPolicy": "Never",
            "containers": [{**pod["spec"]["containers"][0], **command}],
        },
    }
    purpose = POST_SYNC_HOOK if argocd.smoke_tests == "postSync" else REPLACED
    manifest: dict[str, Any] = plain(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                **metadata_of(options, options.labels),
                "name": options.name if "name" in options.model_fields_set else name,
                "annotations": {**(options.annotations or {}), **purpose},
            },
            "spec": {
                "activeDeadlineSeconds": argocd.smoke_test_seconds,
                "backoffLimit": _RETRIES,
                # A node that is taken away, as spot is, says nothing about GPUs: the Job tries again.
                "podFailurePolicy": {
                    "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
                },
                "template": template,
            },
        }
    )
    return manifest


def _resources(options: GpuSmokeTestOptions | EfaSmokeTestOptions) -> dict[str, Any]:
    """Return what the container asks for: devices, and what the user adds to them."""
    added = options.resources
    requests, limits = (added.requests, added.limits) if added is not None else (None, None)
    return {"requests": requests or None, "limits": {**(limits or {}), **options.limits}}


def _pod(options: GpuSmokeTestOptions | EfaSmokeTestOptions, spec: dict[str, Any]) -> dict[str, Any]:
    scheduling = {
        "nodeSelector": options.node_pool and {vocabulary.NODE_POOL: options.node_pool},
        "affinity": options.affinity or None,
        "tolerations": options.tolerations or None,
        "imagePullSecrets": pull_secrets(options),
    }
    manifest: dict[str, Any] = plain(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata_of(options, options.labels),
            "spec": scheduling | spec,
        }
    )
    return manifest
