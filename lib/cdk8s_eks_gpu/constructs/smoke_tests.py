"""The two test Pods: one shows that the GPU works, the other that the fabric does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions
from cdk8s_eks_gpu.constructs.manifest import api_object
from cdk8s_eks_gpu.constructs.single_object import SingleObject

if TYPE_CHECKING:
    import cdk8s
    from constructs import Construct


class GpuSmokeTest(SingleObject):
    """A Pod whose log shows the table of `nvidia-smi`."""

    def __init__(self, scope: Construct, id: str, options: GpuSmokeTestOptions | None = None) -> None:
        """Make the Pod."""
        super().__init__(scope, id)
        options = options or GpuSmokeTestOptions()
        container = {
            "name": "cuda-container",
            "image": options.image,
            "command": list(options.command),
            "args": list(options.args),
            "resources": _resources(options, {vocabulary.GPU: options.gpus}),
        }
        # Never: the Pod ends when it has shown the table, and must not be started over and over.
        self._hold(_pod(self, options, {"restartPolicy": "Never", "containers": [container]}))


class EfaSmokeTest(SingleObject):
    """A Pod in which `fi_info -p efa` lists the providers of the fabric."""

    def __init__(self, scope: Construct, id: str, options: EfaSmokeTestOptions | None = None) -> None:
        """Make the Pod."""
        super().__init__(scope, id)
        options = options or EfaSmokeTestOptions()
        limits = {vocabulary.EFA: options.efa_interfaces, vocabulary.GPU: options.gpus}
        container = {
            "name": "efa-container",
            "image": options.image,
            "command": list(options.command),
            "resources": _resources(options, {resource: count for resource, count in limits.items() if count}),
            # RDMA writes straight to memory, which therefore must not be swapped out.
            "securityContext": {"capabilities": {"add": ["IPC_LOCK"]}},
        }
        self._hold(_pod(self, options, {"containers": [container]}))


def _resources(options: GpuSmokeTestOptions | EfaSmokeTestOptions, devices: dict[str, int]) -> dict[str, Any]:
    """Return what the container asks for: devices, and what the user adds to them."""
    asked = options.resources
    requests, limits = (asked.requests, asked.limits) if asked is not None else (None, None)
    resources = {"requests": dict(requests or {}), "limits": {**(limits or {}), **devices}}
    return {key: value for key, value in resources.items() if value}


def _pod(scope: Construct, options: GpuSmokeTestOptions | EfaSmokeTestOptions, spec: dict[str, Any]) -> cdk8s.ApiObject:
    metadata = {"name": options.name, "namespace": options.namespace, "labels": options.labels}
    scheduling = {
        "nodeSelector": options.node_pool and {vocabulary.NODE_POOL: options.node_pool},
        "affinity": options.affinity,
        "tolerations": [toleration.model_dump(by_alias=True, exclude_none=True) for toleration in options.tolerations],
        "imagePullSecrets": [{"name": name} for name in options.image_pull_secrets or ()],
    }
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {key: value for key, value in metadata.items() if value is not None},
        "spec": {**{key: value for key, value in scheduling.items() if value}, **spec},
    }
    return api_object(scope, "Resource", manifest)
