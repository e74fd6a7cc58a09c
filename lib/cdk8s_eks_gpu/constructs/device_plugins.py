"""The two device plugins: without them, Kubernetes knows of no GPU and of no EFA interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts.plugins import efa_release, nvidia_release
from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
from cdk8s_eks_gpu.constructs.helm_release import HelmRelease

if TYPE_CHECKING:
    from constructs import Construct


class NvidiaDevicePlugin(HelmRelease):
    """NVIDIA's device plugin with GPU feature discovery, from its Helm chart."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        options: NvidiaDevicePluginOptions | None = None,
        *,
        kubernetes_version: str,
        image_registry: str | None = None,
    ) -> None:
        """Take the plugin's objects from the store.

        Args:
            scope: Where the objects go.
            id: The construct's id.
            options: What the plugin should do; None takes the defaults.
            kubernetes_version: The cluster's Kubernetes version.
            image_registry: A registry to take the images from whose repository the options do not name.

        Raises:
            RenderingMissingError: The chart was never rendered with these options; the message names the command.
        """
        options = options or NvidiaDevicePluginOptions()
        super().__init__(scope, id, nvidia_release(options, kubernetes_version, image_registry=image_registry))


class EfaDevicePlugin(HelmRelease):
    """AWS's EFA device plugin, from its Helm chart."""

    def __init__(  # noqa: PLR0913 -- keyword-only but for what every construct takes
        self,
        scope: Construct,
        id: str,
        options: EfaDevicePluginOptions | None = None,
        *,
        kubernetes_version: str,
        region: str | None = None,
        image_registry: str | None = None,
    ) -> None:
        """Take the plugin's objects from the store.

        Args:
            scope: Where the objects go.
            id: The construct's id.
            options: What the plugin should do; None takes the defaults.
            kubernetes_version: The cluster's Kubernetes version.
            region: The cluster's region, whose EKS registry has the image; None leaves the chart's, in us-west-2.
            image_registry: A registry to take the image from instead, unless the options name its repository.

        Raises:
            RenderingMissingError: The chart was never rendered with these options; the message names the command.
            ChartError: The region's registry is not known.
        """
        release = efa_release(
            options or EfaDevicePluginOptions(), kubernetes_version, region=region, image_registry=image_registry
        )
        super().__init__(scope, id, release)
