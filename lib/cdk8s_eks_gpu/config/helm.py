"""The options of a Helm release that is rendered, not installed."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field, JsonValue

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import MINOR_VERSION, NAMESPACE, Namespace

ReleaseName = Annotated[str, Field(pattern=NAMESPACE, max_length=53)]
ChartValues = Mapping[str, JsonValue]
KubernetesVersion = Annotated[str, Field(pattern=MINOR_VERSION)]


class HelmReleaseOptions(Options):
    """A chart of a repository, at one version, with values, as `helm template` renders it."""

    repository: str = Field(description="The chart repository's URL.")
    chart: str = Field(description="The chart's name in the repository.")
    version: str = Field(description="The chart's version, exactly; a range cannot be pinned.")
    release: ReleaseName = Field(description="The release's name, which most charts put before their objects' names.")
    namespace: Namespace = Field(description="The namespace of every namespaced object that does not name its own.")
    kubernetes_version: KubernetesVersion = Field(description="The version that the chart is told the cluster has.")
    values: Sequence[ChartValues] = Field(
        default=(), description="Layers of values over the chart's own; a later one wins, as with Helm's `--values`."
    )
    create_namespace: bool = Field(
        default=True,
        description="Whether to make the Namespace too. Kubernetes' own (default, kube-*) are never made.",
    )
