"""The options of the EFA device plugin."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from cdk8s_eks_gpu.config.containers import ContainerResources, Image
from cdk8s_eks_gpu.config.helm import NAMESPACE_LABELS, ChartValues, ReleaseName
from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import INSTANCE_TYPE, LabelKey, LabelValue, Namespace, ObjectName
from cdk8s_eks_gpu.config.scheduling import ANY_TOLERATION, Toleration


class EfaDevicePluginOptions(Options):
    """AWS's EFA device plugin: makes the EFA interfaces of a node known to Kubernetes as vpc.amazonaws.com/efa."""

    version: str = Field(default="v0.5.30", description="The version of the chart aws-efa-k8s-device-plugin.")
    release: ReleaseName = Field(default="aws-efa-k8s-device-plugin", description="The Helm release's name.")
    namespace: Namespace = Field(default="kube-system", description="The plugin's namespace.")
    create_namespace: bool = Field(
        default=True, description="Whether to create the Namespace too; never for Kubernetes' own."
    )
    namespace_labels: Mapping[LabelKey, LabelValue] | None = Field(default=None, description=NAMESPACE_LABELS)
    tolerations: Sequence[Toleration] = Field(
        default=(ANY_TOLERATION,),
        description="Tolerations beside the chart's own; the default lets the plugin onto every tainted node.",
    )
    node_selector: Mapping[LabelKey, LabelValue] | None = Field(
        default=None, description="Labels that a node needs for the plugin, beside a supported instance type."
    )
    supported_instance_types: (
        Annotated[Sequence[Annotated[str, Field(pattern=INSTANCE_TYPE)]], Field(min_length=1)] | None
    ) = Field(
        default=None,
        description="The instance types that the plugin lands on, in place of the chart's list: for types newer than "
        "the chart, or to keep it off nodes to which no EFA interface is attached, where it crashes.",
    )
    resources: ContainerResources | None = Field(
        default=None, description="What the plugin's container asks for, over the chart's own requests."
    )
    image: Image | None = Field(default=None, description="The plugin's image.")
    image_pull_secrets: Sequence[ObjectName] | None = Field(
        default=None,
        description="Secrets in the plugin's namespace that its registry asks for, in place of those of the cluster.",
    )
    values: ChartValues = Field(
        default={}, description="Any other value of the chart. Helm renders these once, by `eks-gpu charts render`."
    )
