"""The two device plugins: without them, Kubernetes knows of no GPU and of no EFA interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
from cdk8s_eks_gpu.constructs.helm_release import ChartObjects
from cdk8s_eks_gpu.objects.device_plugins import efa_device_plugin, nvidia_device_plugin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from constructs import Construct


class NvidiaDevicePlugin(ChartObjects):
    """NVIDIA's device plugin with GPU feature discovery, as its Helm chart has it."""

    def __init__(  # noqa: PLR0913 -- keyword-only but for what every construct takes
        self,
        scope: Construct,
        id: str,
        options: NvidiaDevicePluginOptions | None = None,
        *,
        image_registry: str | None = None,
        image_pull_secrets: Sequence[str] = (),
        efa: bool = False,
        sync_waves: bool = False,
        chart_store: Path | None = None,
    ) -> None:
        """Create the plugin's objects.

        Args:
            scope: Where the objects go.
            id: The construct's id.
            options: What the plugin should do; None takes the defaults.
            image_registry: A registry to take the images from whose repository the options do not name.
            image_pull_secrets: The secrets that the registry asks for, unless the options name others.
            efa: Whether the EFA plugin is installed beside it.
            sync_waves: Whether each object names its wave for Argo CD.
            chart_store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

        Raises:
            RenderingMissingError: The options have `values`, or a version, that Helm never rendered; the message names
                the command.
        """
        options = options or NvidiaDevicePluginOptions()
        manifests = nvidia_device_plugin(
            options,
            image_registry=image_registry,
            image_pull_secrets=image_pull_secrets,
            efa=efa,
            sync_waves=sync_waves,
            store=chart_store,
        )
        super().__init__(scope, id, manifests)


class EfaDevicePlugin(ChartObjects):
    """AWS's EFA device plugin, as its Helm chart has it."""

    def __init__(  # noqa: PLR0913 -- keyword-only but for what every construct takes
        self,
        scope: Construct,
        id: str,
        options: EfaDevicePluginOptions | None = None,
        *,
        region: str | None = None,
        image_registry: str | None = None,
        image_pull_secrets: Sequence[str] = (),
        sync_waves: bool = False,
        chart_store: Path | None = None,
    ) -> None:
        """Create the plugin's objects.

        Args:
            scope: Where the objects go.
            id: The construct's id.
            options: What the plugin should do; None takes the defaults.
            region: The cluster's region, whose EKS registry has the image; None leaves the chart's, in us-west-2.
            image_registry: A registry to take the image from instead, unless the options name its repository.
            image_pull_secrets: The secrets that the registry asks for, unless the options name others.
            sync_waves: Whether each object names its wave for Argo CD.
            chart_store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

        Raises:
            RenderingMissingError: The options have `values`, or a version, that Helm never rendered; the message names
                the command.
            ChartError: The region's registry is not known.
        """
        options = options or EfaDevicePluginOptions()
        manifests = efa_device_plugin(
            options,
            region=region,
            image_registry=image_registry,
            image_pull_secrets=image_pull_secrets,
            sync_waves=sync_waves,
            store=chart_store,
        )
        super().__init__(scope, id, manifests)
