"""The releases of the two device plugins: their charts, with the values that their options make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts.efa import efa_values
from cdk8s_eks_gpu.charts.nvidia import nvidia_values
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions
from cdk8s_eks_gpu.config.profiles import expanded

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
    from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions


def nvidia_release(
    options: NvidiaDevicePluginOptions, kubernetes_version: str, *, image_registry: str | None = None
) -> HelmReleaseOptions:
    """Return the release of NVIDIA's chart that the options ask for."""
    return HelmReleaseOptions(
        repository="https://nvidia.github.io/k8s-device-plugin",
        chart="nvidia-device-plugin",
        version=options.version,
        release=options.release,
        namespace=options.namespace,
        kubernetes_version=kubernetes_version,
        create_namespace=options.create_namespace,
        values=(nvidia_values(options, image_registry), options.values),
    )


def efa_release(
    options: EfaDevicePluginOptions,
    kubernetes_version: str,
    *,
    region: str | None = None,
    image_registry: str | None = None,
) -> HelmReleaseOptions:
    """Return the release of AWS's EFA chart that the options ask for."""
    return HelmReleaseOptions(
        repository="https://aws.github.io/eks-charts",
        chart="aws-efa-k8s-device-plugin",
        version=options.version,
        release=options.release,
        namespace=options.namespace,
        kubernetes_version=kubernetes_version,
        create_namespace=options.create_namespace,
        values=(efa_values(options, region=region, image_registry=image_registry), options.values),
    )


def plugin_releases(config: ClusterConfig) -> list[HelmReleaseOptions]:
    """Return the releases of the device plugins that the configuration installs."""
    config = expanded(config)
    cluster, nvidia, efa = config.cluster, config.plugins.nvidia, config.plugins.efa
    version, registry = cluster.kubernetes_version, cluster.image_registry
    releases = [nvidia_release(nvidia, version, image_registry=registry)] if nvidia else []
    return [*releases, efa_release(efa, version, region=cluster.region, image_registry=registry)] if efa else releases
