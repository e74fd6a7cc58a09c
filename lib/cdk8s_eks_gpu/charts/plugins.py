"""The releases of the two device plugins: their charts, and what their options are in the charts' own values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.config.helm import HelmReleaseOptions

if TYPE_CHECKING:
    from pydantic import JsonValue

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.plugins import EfaDevicePluginOptions, NvidiaDevicePluginOptions


def nvidia_release(options: NvidiaDevicePluginOptions, kubernetes_version: str) -> HelmReleaseOptions:
    """Return the release of NVIDIA's chart that the options ask for."""
    return HelmReleaseOptions(
        repository="https://nvidia.github.io/k8s-device-plugin",
        chart="nvidia-device-plugin",
        version=options.version,
        release=options.release,
        namespace=options.namespace,
        kubernetes_version=kubernetes_version,
        create_namespace=options.create_namespace,
        values=({"gfd": {"enabled": options.gpu_feature_discovery}}, options.values),
    )


def efa_release(options: EfaDevicePluginOptions, kubernetes_version: str) -> HelmReleaseOptions:
    """Return the release of AWS's EFA chart that the options ask for."""
    tolerations: list[JsonValue] = [
        toleration.model_dump(by_alias=True, exclude_none=True) for toleration in options.tolerations
    ]
    return HelmReleaseOptions(
        repository="https://aws.github.io/eks-charts",
        chart="aws-efa-k8s-device-plugin",
        version=options.version,
        release=options.release,
        namespace=options.namespace,
        kubernetes_version=kubernetes_version,
        create_namespace=options.create_namespace,
        values=({"tolerations": tolerations}, options.values),
    )


def plugin_releases(config: ClusterConfig) -> list[HelmReleaseOptions]:
    """Return the releases of the device plugins that the configuration installs."""
    version = config.cluster.kubernetes_version
    nvidia, efa = config.plugins.nvidia, config.plugins.efa
    releases = [nvidia_release(nvidia, version)] if nvidia else []
    return [*releases, efa_release(efa, version)] if efa else releases
