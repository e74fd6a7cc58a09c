"""The Namespace of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.manifests.scopes import SYSTEM_NAMESPACES

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions
    from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions


def namespace_of(
    options: HelmReleaseOptions | NvidiaDevicePluginOptions | EfaDevicePluginOptions,
) -> list[dict[str, Any]]:
    """Return the Namespace that the options ask for, or nothing: Kubernetes' own are never made."""
    if not options.create_namespace or options.namespace in SYSTEM_NAMESPACES:
        return []
    metadata: dict[str, Any] = {"name": options.namespace}
    if options.namespace_labels:
        metadata["labels"] = dict(options.namespace_labels)
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}]
