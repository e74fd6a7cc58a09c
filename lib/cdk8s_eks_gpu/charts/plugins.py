"""The releases of the two device plugins: their charts, and what their options are in the charts' own values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts.release import Chart, Release

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.plugins import EfaDevicePluginOptions, NvidiaDevicePluginOptions

NVIDIA_REPOSITORY = "https://nvidia.github.io/k8s-device-plugin"
EFA_REPOSITORY = "https://aws.github.io/eks-charts"


def nvidia_release(options: NvidiaDevicePluginOptions, kubernetes_version: str) -> Release:
    """Return the release of NVIDIA's chart that the options ask for."""
    chart = Chart(NVIDIA_REPOSITORY, "nvidia-device-plugin", options.version)
    values = {"gfd": {"enabled": options.gpu_feature_discovery}}
    return Release(chart, options.release, options.namespace, kubernetes_version, (values, options.values))


def efa_release(options: EfaDevicePluginOptions, kubernetes_version: str) -> Release:
    """Return the release of AWS's EFA chart that the options ask for."""
    chart = Chart(EFA_REPOSITORY, "aws-efa-k8s-device-plugin", options.version)
    tolerations = [toleration.model_dump(by_alias=True, exclude_none=True) for toleration in options.tolerations]
    return Release(
        chart, options.release, options.namespace, kubernetes_version, ({"tolerations": tolerations}, options.values)
    )


def plugin_releases(config: ClusterConfig) -> list[Release]:
    """Return the releases of the device plugins that the configuration installs."""
    version = config.cluster.kubernetes_version
    releases = []
    if config.plugins.nvidia is not None:
        releases.append(nvidia_release(config.plugins.nvidia, version))
    if config.plugins.efa is not None:
        releases.append(efa_release(config.plugins.efa, version))
    return releases
