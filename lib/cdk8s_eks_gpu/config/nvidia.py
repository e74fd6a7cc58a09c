"""The options of NVIDIA's device plugin."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from cdk8s_eks_gpu.config.containers import ContainerResources, Image
from cdk8s_eks_gpu.config.helm import NAMESPACE_LABELS, ChartValues, ReleaseName
from cdk8s_eks_gpu.config.model import to_kubernetes_name
from cdk8s_eks_gpu.config.nvidia_configuration import MigStrategy, NvidiaConfiguration
from cdk8s_eks_gpu.config.scalars import CONFIGURATION_NAME, LabelKey, LabelValue, Namespace, ObjectName
from cdk8s_eks_gpu.config.scheduling import Toleration
from cdk8s_eks_gpu.hints import did_you_mean

# The chart writes the names of configurations into YAML without quotes, where these would not be strings.
_NOT_STRINGS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

# Behind the release's name come `-nvidia-device-plugin` and, from the 62nd letter on, nothing of what tells the plugin,
# GFD and the MPS daemon apart.
_LONGEST_RELEASE = 40

# What the chart hands the plugin as environment variables, which win over its configuration file.
_FLAGS = ("mig_strategy", "fail_on_init_error", "device_list_strategy", "device_id_strategy")


class NvidiaDevicePluginOptions(NvidiaConfiguration):
    """NVIDIA's device plugin: makes the GPUs of a node known to Kubernetes as nvidia.com/gpu.

    `timeSlicing` to `deviceIDStrategy` are for all nodes; `configurations` has others that a pool chooses by name.
    """

    version: str = Field(default="0.18.0", description="The version of the chart nvidia-device-plugin.")
    release: ReleaseName = Field(default="nvdp", description="The Helm release's name, the first part of object names.")
    namespace: Namespace = Field(default="nvidia", description="The plugin's namespace.")
    create_namespace: bool = Field(
        default=True, description="Whether to create the Namespace too; never for Kubernetes' own."
    )
    namespace_labels: Mapping[LabelKey, LabelValue] | None = Field(default=None, description=NAMESPACE_LABELS)
    gpu_feature_discovery: bool = Field(
        default=True,
        description="Whether to label the nodes with their GPUs' features (GFD, with NFD). Without it, the plugin "
        "lands only on nodes whose pool has the label nvidia.com/gpu.present: 'true'.",
    )
    configurations: (
        Annotated[Mapping[Annotated[str, Field(pattern=CONFIGURATION_NAME)], NvidiaConfiguration], Field(min_length=1)]
        | None
    ) = Field(default=None, description="Configurations by name; a pool chooses one with `devicePluginConfiguration`.")
    default_configuration: str | None = Field(
        default=None,
        description="The configuration of nodes whose pool chooses none: `default` if there is one of that name, else "
        "none, so that their GPUs stay whole.",
    )
    mofed_enabled: bool | None = Field(
        default=None,
        description="Whether every container with a GPU gets all /dev/infiniband/uverbs* devices. Beside the EFA "
        "plugin it must not: false is set there for the versions 0.19.0 to 0.19.2, whose plugin does so by default.",
    )
    tolerations: Sequence[Toleration] = Field(
        default=(),
        description="Tolerations beside the chart's own, of the plugin and of all that it needs on a node (GFD, the "
        "MPS daemon, the NFD worker): for pools with another taint than nvidia.com/gpu=present.",
    )
    node_selector: Mapping[LabelKey, LabelValue] | None = Field(
        default=None,
        description="Labels that a node needs for the plugin, GFD and the MPS daemon. NFD's worker runs on all nodes.",
    )
    resources: ContainerResources | None = Field(
        default=None, description="What each container of the plugin, GFD and the MPS daemon asks for."
    )
    priority_class_name: ObjectName | None = Field(
        default=None,
        description="The priority class of the plugin, GFD and the MPS daemon; the chart's is system-node-critical.",
    )
    image: Image | None = Field(default=None, description="The image of the plugin, GFD and the MPS daemon.")
    nfd_image: Image | None = Field(default=None, description="The image of node feature discovery (NFD).")
    image_pull_secrets: Sequence[ObjectName] | None = Field(
        default=None,
        description="Secrets in the plugin's namespace that its registries ask for, in place of those of the cluster.",
    )
    values: ChartValues = Field(
        default={}, description="Any other value of the chart. Helm renders these once, by `eks-gpu charts render`."
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        problems = [*self._wrong_names(), *self._said_twice()]
        for where, configuration in self._sharing():
            strategy = configuration.mig_strategy or self.mig_strategy
            problems += [f"{where}{problem}" for problem in _wrong_sharing(configuration, strategy)]
            if configuration.mps is not None and not self.gpu_feature_discovery:
                problems.append(
                    f"{where}mps needs gpuFeatureDiscovery: GFD sets the label nvidia.com/mps.capable, without which "
                    "the MPS daemon lands on no node"
                )
        if problems:
            raise PydanticCustomError("conflict", "{text}", {"text": "; ".join(problems)})
        return self

    def _wrong_names(self) -> Iterator[str]:
        if len(self.release) > _LONGEST_RELEASE and "nvidia-device-plugin" not in self.release:
            yield (
                f"release '{self.release}' has {len(self.release)} letters: with more than {_LONGEST_RELEASE} the chart"
                " cuts off the names of its DaemonSets, and all three get the same"
            )
        names = self.configurations or {}
        for name in names:
            if name.lower() in _NOT_STRINGS:
                yield f"configurations.{name}: YAML reads this name as no string, and the chart does not quote it"
        default = self.default_configuration
        if default is not None and default not in names:
            known = ", ".join(names) or "there are none"
            yield f"defaultConfiguration '{default}' is not in configurations ({known}){did_you_mean(default, names)}"

    def _said_twice(self) -> Iterator[str]:
        for name, configuration in (self.configurations or {}).items():
            for field in _FLAGS:
                if getattr(self, field) is not None and getattr(configuration, field) is not None:
                    flag = to_kubernetes_name(field)
                    yield (
                        f"{flag} is set for all nodes and in configurations.{name}, where it would have no effect: set "
                        "it in the configurations only"
                    )
        for field in ("time_slicing", "mps"):
            if self.configurations is not None and getattr(self, field) is not None:
                flag = to_kubernetes_name(field)
                yield f"{flag} is for all nodes, and configurations are for some: put it into a configuration"

    def _sharing(self) -> Iterator[tuple[str, NvidiaConfiguration]]:
        yield "", self
        for name, configuration in (self.configurations or {}).items():
            yield f"configurations.{name}: ", configuration


def _wrong_sharing(configuration: NvidiaConfiguration, strategy: MigStrategy | None) -> Iterator[str]:
    if configuration.mps is not None and strategy in ("single", "mixed"):
        yield f"mps divides whole GPUs, not MIG devices: leave out migStrategy {strategy}, or share with timeSlicing"
    if configuration.time_slicing is not None and strategy != "mixed":
        names = [resource.name for resource in configuration.time_slicing.all_resources() if "/mig-" in resource.name]
        if names:
            yield f"timeSlicing shares {', '.join(names)}, which only migStrategy mixed offers: set that too"
