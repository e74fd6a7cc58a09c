"""The options of the two device plugins, as far as the charts' own defaults are not what GPU nodes need."""

from collections.abc import Sequence

from pydantic import Field

from cdk8s_eks_gpu.config.helm import ChartValues, ReleaseName
from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import Namespace
from cdk8s_eks_gpu.config.scheduling import ANY_TOLERATION, Toleration


class NvidiaDevicePluginOptions(Options):
    """NVIDIA's device plugin: makes the GPUs of a node known to Kubernetes as nvidia.com/gpu."""

    version: str = Field(default="0.18.0", description="The version of the chart nvidia-device-plugin.")
    release: ReleaseName = Field(default="nvdp", description="The Helm release's name, the first part of object names.")
    namespace: Namespace = Field(default="nvidia", description="The plugin's namespace.")
    create_namespace: bool = Field(
        default=True, description="Whether to make the namespace too; Kubernetes' own are never made."
    )
    gpu_feature_discovery: bool = Field(
        default=True, description="Whether to label the nodes with their GPUs' features (GFD, with NFD)."
    )
    values: ChartValues = Field(
        default={}, description="Any other value of the chart, over the ones made of the options."
    )


class EfaDevicePluginOptions(Options):
    """AWS's EFA device plugin: makes the EFA interfaces of a node known to Kubernetes as vpc.amazonaws.com/efa."""

    version: str = Field(default="v0.5.30", description="The version of the chart aws-efa-k8s-device-plugin.")
    release: ReleaseName = Field(default="aws-efa-k8s-device-plugin", description="The Helm release's name.")
    namespace: Namespace = Field(default="kube-system", description="The plugin's namespace.")
    create_namespace: bool = Field(
        default=True, description="Whether to make the namespace too; Kubernetes' own are never made."
    )
    tolerations: Sequence[Toleration] = Field(
        default=(ANY_TOLERATION,),
        description="Tolerations beside the chart's own; the default lets the plugin onto every tainted node.",
    )
    values: ChartValues = Field(
        default={}, description="Any other value of the chart, over the ones made of the options."
    )


class Plugins(Options):
    """The device plugins to install: `nvidia: {}` installs one with its defaults, leaving it out does not."""

    nvidia: NvidiaDevicePluginOptions | None = Field(default=None, description="NVIDIA's device plugin.")
    efa: EfaDevicePluginOptions | None = Field(default=None, description="The EFA device plugin.")
