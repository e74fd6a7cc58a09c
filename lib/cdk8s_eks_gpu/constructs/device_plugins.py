"""The two device plugins: without them, Kubernetes knows of no GPU and of no EFA interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts.plugins import efa_release, nvidia_release
from cdk8s_eks_gpu.config.plugins import EfaDevicePluginOptions, NvidiaDevicePluginOptions
from cdk8s_eks_gpu.constructs.helm_release import HelmRelease

if TYPE_CHECKING:
    from constructs import Construct


class NvidiaDevicePlugin(HelmRelease):
    """NVIDIA's device plugin with GPU feature discovery, from its Helm chart."""

    def __init__(
        self, scope: Construct, id: str, options: NvidiaDevicePluginOptions | None = None, *, kubernetes_version: str
    ) -> None:
        """Take the plugin's objects from the store.

        Raises:
            RenderingMissingError: The chart was never rendered with these options; the message names the command.
        """
        super().__init__(scope, id, nvidia_release(options or NvidiaDevicePluginOptions(), kubernetes_version))


class EfaDevicePlugin(HelmRelease):
    """AWS's EFA device plugin, from its Helm chart."""

    def __init__(
        self, scope: Construct, id: str, options: EfaDevicePluginOptions | None = None, *, kubernetes_version: str
    ) -> None:
        """Take the plugin's objects from the store.

        Raises:
            RenderingMissingError: The chart was never rendered with these options; the message names the command.
        """
        super().__init__(scope, id, efa_release(options or EfaDevicePluginOptions(), kubernetes_version))
