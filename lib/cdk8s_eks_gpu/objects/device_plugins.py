"""The manifests of the two device plugins, as their Helm charts have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts.efa import efa_values
from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.nvidia import nvidia_values
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.plugins import plugin_manifests, refuse_values_set_twice
from cdk8s_eks_gpu.objects.argocd import in_waves
from cdk8s_eks_gpu.objects.fields import plain
from cdk8s_eks_gpu.objects.helm_release import namespace_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.plugin_chart import PluginChart
    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
    from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions


def nvidia_device_plugin(  # noqa: PLR0913 -- keyword-only but for the options
    options: NvidiaDevicePluginOptions,
    *,
    image_registry: str | None = None,
    image_pull_secrets: Sequence[str] = (),
    efa: bool = False,
    sync_waves: bool = False,
    store: Path | None = None,
) -> list[dict[str, Any]]:
    """Return the objects of NVIDIA's device plugin, the Namespace first if it is to be made.

    Args:
        options: What the plugin should do.
        image_registry: The registry to take images from whose repository the options do not name.
        image_pull_secrets: The secrets that the images' registries ask for, unless the options name others.
        efa: Whether the EFA plugin is installed beside it.
        sync_waves: Whether each object names its wave for Argo CD.
        store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

    Raises:
        RenderingMissingError: The chart's version is not shipped or the options have `values`, and Helm never
            rendered that; the message names the command.
        ChartError: A value is set both in `values` and by an option.
    """
    typed = nvidia_values(options, image_registry, image_pull_secrets=image_pull_secrets, efa=efa)
    manifests = _objects(NVIDIA, options, nvidia_values(options), typed, store)
    return in_waves(manifests) if sync_waves else manifests


def efa_device_plugin(  # noqa: PLR0913 -- keyword-only but for the options
    options: EfaDevicePluginOptions,
    *,
    region: str | None = None,
    image_registry: str | None = None,
    image_pull_secrets: Sequence[str] = (),
    sync_waves: bool = False,
    store: Path | None = None,
) -> list[dict[str, Any]]:
    """Return the objects of the EFA device plugin, the Namespace first if it is to be made.

    Args:
        options: What the plugin should do.
        region: The cluster's region, whose EKS registry has the image; None leaves the chart's, in us-west-2.
        image_registry: A registry to take the image from instead, unless the options name its repository.
        image_pull_secrets: The secrets that the image's registry asks for, unless the options name others.
        sync_waves: Whether each object names its wave for Argo CD.
        store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

    Raises:
        RenderingMissingError: As `nvidia_device_plugin`.
        ChartError: As `nvidia_device_plugin`, or the region's registry is not known.
    """
    typed = efa_values(options, region=region, image_registry=image_registry, image_pull_secrets=image_pull_secrets)
    manifests = _objects(EFA, options, efa_values(options), typed, store)
    return in_waves(manifests) if sync_waves else manifests


def device_plugins(config: ClusterConfig, store: Path | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the objects of the device plugins that the configuration installs, by the names of their charts.

    Args:
        config: The configuration, with what its parts leave to each other (`stack.with_cluster_settings`).
        store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

    Raises:
        RenderingMissingError: As `nvidia_device_plugin`.
        ChartError: As `efa_device_plugin`.
    """
    cluster, nvidia, efa = config.cluster, config.plugins.nvidia, config.plugins.efa
    found = {}
    if nvidia is not None:
        found[NVIDIA.name] = nvidia_device_plugin(
            nvidia,
            image_registry=cluster.image_registry,
            image_pull_secrets=cluster.image_pull_secrets,
            efa=efa is not None,
            sync_waves=config.argocd.sync_waves,
            store=store,
        )
    if efa is not None:
        found[EFA.name] = efa_device_plugin(
            efa,
            region=cluster.region,
            image_registry=cluster.image_registry,
            image_pull_secrets=cluster.image_pull_secrets,
            sync_waves=config.argocd.sync_waves,
            store=store,
        )
    return found


def _objects(
    plugin: PluginChart,
    options: NvidiaDevicePluginOptions | EfaDevicePluginOptions,
    own: Mapping[str, JsonValue],
    typed: Mapping[str, JsonValue],
    store: Path | None,
) -> list[dict[str, Any]]:
    """Return the objects; `own` are the values of the options alone, without the cluster's settings."""
    refuse_values_set_twice(plugin, options, own)
    manifests: list[dict[str, Any]] = plain(plugin_manifests(plugin, options, typed, store))
    return [*namespace_of(options), *manifests]
