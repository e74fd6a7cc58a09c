"""The options of a Helm release that is rendered, not installed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import MINOR_VERSION, NAMESPACE, LabelKey, LabelValue, Namespace

ReleaseName = Annotated[str, Field(pattern=NAMESPACE, max_length=53)]
ChartValues = Mapping[str, JsonValue]
NAMESPACE_LABELS = (
    "Labels of the namespace, where it is made: pod-security.kubernetes.io/enforce: privileged lets the plugin's pods "
    "in where the cluster enforces another level of Pod Security."
)
KubernetesVersion = Annotated[str, Field(pattern=MINOR_VERSION)]


class ObjectSelector(Options):
    """Objects of a release. What is left out matches everything; `*` and `?` stand for any letters."""

    kind: str | None = Field(default=None, description="The kind, such as DaemonSet.")
    name: str | None = Field(default=None, description="The name, such as nvdp-*.")
    namespace: str | None = Field(default=None, description="The namespace.")


class JsonPatchOperation(Options):
    """One operation of a JSON patch (RFC 6902)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"] = Field(description="What to do.")
    path: str = Field(description="Where, as a JSON pointer: /spec/template/spec/tolerations/-")
    value: JsonValue = Field(default=None, description="The value, for add, replace and test.")
    source: str | None = Field(default=None, alias="from", description="Where from, for move and copy.")


class Patch(Options):
    """A change of single objects after Helm has rendered them."""

    target: ObjectSelector = Field(description="The objects; one at least must match.")
    defaults: Mapping[str, Any] | None = Field(
        default=None,
        description="Set what the object does not say itself. Items of lists with a name are matched by it.",
    )
    json_patch: Sequence[JsonPatchOperation] = Field(
        default=(), description="Operations, in their order, after the defaults."
    )


class HelmReleaseOptions(Options):
    """A chart of a repository, at one version, with values, as `helm template` renders it."""

    repository: str = Field(
        description="The chart repository's URL (https://, oci://), a folder of archives, or one archive (.tgz)."
    )
    chart: str = Field(description="The chart's name in the repository.")
    version: str = Field(description="The chart's version, exactly; a range cannot be pinned.")
    release: ReleaseName = Field(description="The release's name, which most charts put before their objects' names.")
    namespace: Namespace = Field(description="The namespace of every namespaced object that does not name its own.")
    kubernetes_version: KubernetesVersion = Field(description="The cluster's version, as the chart is rendered for.")
    values_files: Sequence[str] = Field(default=(), description="Files of values over the chart's own, under `values`.")
    values: Sequence[ChartValues] = Field(
        default=(), description="Layers of values over the chart's own; a later one wins, as with Helm's `--values`."
    )
    create_namespace: bool = Field(
        default=True,
        description="Whether to create the Namespace too; never for Kubernetes' own (default, kube-*).",
    )
    namespace_labels: Mapping[LabelKey, LabelValue] | None = Field(default=None, description=NAMESPACE_LABELS)
    exclude: Sequence[ObjectSelector] = Field(default=(), description="Objects to leave out; each must match one.")
    patches: Sequence[Patch] = Field(default=(), description="Changes of single objects; each must match one.")
