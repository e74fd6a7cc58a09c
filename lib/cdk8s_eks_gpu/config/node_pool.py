"""The options of a Karpenter NodePool: short ones for what GPU pools need, and every field of the CRD (v1.15.1)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.capacity import Capacity, CapacityType
from cdk8s_eks_gpu.config.huge_pages import page_count
from cdk8s_eks_gpu.config.metadata import ObjectMetadata
from cdk8s_eks_gpu.config.model import Options, placed
from cdk8s_eks_gpu.config.scalars import (
    BUDGET_DURATION,
    BUDGET_NODES,
    BUDGET_SCHEDULE,
    DURATION,
    DURATION_OR_NEVER,
    LabelKey,
    LabelValue,
    ObjectName,
    Quantity,
)
from cdk8s_eks_gpu.config.scheduling import GPU_TAINT, Requirement, Taint

Efa = Literal["ip-optimized", "bandwidth-optimized", "on-request", "none"]

# Karpenter's documentation of `spec.limits` advises against numbers: the API server makes strings of them, which GitOps
# tools then show as a difference forever.
Limit = Annotated[Quantity, AfterValidator(str)]


class Budget(Options):
    """How many nodes may be disrupted at once."""

    nodes: Annotated[str, Field(pattern=BUDGET_NODES)] = Field(
        default="10%", description="A number of nodes or a percentage of the pool's."
    )
    reasons: (
        Annotated[Sequence[Literal["Underutilized", "Empty", "Drifted", "Unhealthy"]], Field(max_length=50)] | None
    ) = Field(default=None, description="The reasons of disruption that the budget is for; none is for all.")
    schedule: Annotated[str, Field(pattern=BUDGET_SCHEDULE)] | None = Field(
        default=None, description="When the budget begins to count, as a cron schedule in UTC; goes with `duration`."
    )
    duration: Annotated[str, Field(pattern=BUDGET_DURATION)] | None = Field(
        default=None, description="How long the budget counts from each start of the schedule."
    )


class Disruption(Options):
    """How Karpenter takes nodes away that are empty, underutilized or out of date."""

    consolidate_after: Annotated[str, Field(pattern=DURATION_OR_NEVER)] = Field(
        description="How long a node is left alone after the last change of its pods."
    )
    consolidation_policy: Literal["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"] | None = Field(
        default=None, description="Which nodes may go; without it Karpenter takes WhenEmptyOrUnderutilized."
    )
    budgets: Annotated[Sequence[Budget], Field(max_length=50)] | None = Field(
        default=None, description="How many nodes may go at once; without it Karpenter takes 10%."
    )


class NodePoolOptions(Options):
    """A pool of nodes that Karpenter makes on demand.

    `architectures` to `zones` are short for a requirement `In` on the label of that name; `requirements` takes any
    other one. `efa` and `capacity` stand for what has to be said in several places, the node class among them. All
    other fields have the names that they have in the NodePool's spec, template and template's spec.
    """

    node_class: ObjectName = Field(description="The name of the node class that says how the nodes are launched.")
    architectures: Sequence[Literal["amd64", "arm64"]] | None = Field(
        default=None, description="CPU architectures (kubernetes.io/arch)."
    )
    capacity_types: Sequence[CapacityType] | None = Field(
        default=None, description="How the nodes are bought (karpenter.sh/capacity-type)."
    )
    instance_categories: Sequence[LabelValue] | None = Field(
        default=None, description="Categories of instance types such as g and p (karpenter.k8s.aws/instance-category)."
    )
    instance_families: Sequence[LabelValue] | None = Field(
        default=None, description="Families of instance types such as p5 (karpenter.k8s.aws/instance-family)."
    )
    instance_types: Sequence[LabelValue] | None = Field(
        default=None, description="Instance types such as p5.48xlarge (node.kubernetes.io/instance-type)."
    )
    zones: Sequence[LabelValue] | None = Field(
        default=None, description="Availability zones such as us-west-2a (topology.kubernetes.io/zone)."
    )
    efa: Efa | None = Field(
        default=None,
        description="How the nodes get EFA. ip-optimized: all of it from the start, with one IP address for the node. "
        "bandwidth-optimized: all of it, and all the bandwidth for IP traffic too, with more addresses. on-request: "
        "Karpenter attaches it where a pod asks for it. none: as on-request, but no pod here is meant to ask.",
    )
    capacity: Capacity | None = Field(
        default=None, description="Reservations, capacity blocks, and what takes their place when they are full."
    )
    huge_pages: Quantity | None = Field(
        default=None,
        description="How much memory each node sets aside in pages of 2 MiB, such as 10Gi, for pods that ask for "
        "hugepages-2Mi, as EFA's software likes to have. Makes the node class's userData where it has none, and a "
        "NodeOverlay (Karpenter 1.7 and newer, feature gate NodeOverlay), by which Karpenter knows of it.",
    )
    requirements: Annotated[Sequence[Requirement], Field(max_length=100)] = Field(
        default=(), description="Any other requirement on the nodes, in Karpenter's own form."
    )
    labels: Annotated[Mapping[LabelKey, LabelValue], Field(max_length=100)] | None = Field(
        default=None, description="Labels of the nodes."
    )
    annotations: Mapping[str, str] | None = Field(default=None, description="Annotations of the nodes.")
    device_plugin_configuration: LabelValue | None = Field(
        default=None,
        description="Which of `plugins.nvidia.configurations` the nodes get (label nvidia.com/device-plugin.config).",
    )
    taints: Sequence[Taint] = Field(
        default=(GPU_TAINT,),
        description="Taints of the nodes. The default keeps other pods off; NVIDIA's chart tolerates another only with "
        "`plugins.nvidia.tolerations`.",
    )
    startup_taints: Sequence[Taint] | None = Field(
        default=None,
        description="Taints that something on the node takes away before it is ready; pods need not tolerate them.",
    )
    expire_after: Annotated[str, Field(pattern=DURATION_OR_NEVER)] | None = Field(
        default=None, description="The age at which a node is replaced; without it Karpenter takes 720h."
    )
    termination_grace_period: Annotated[str, Field(pattern=DURATION)] | None = Field(
        default=None, description="How long a node may drain before its pods are ended."
    )
    limits: Mapping[str, Limit] | None = Field(
        default=None,
        description="The most that all nodes of the pool may add up to: `cpu: 1000`, `nvidia.com/gpu: 64`. Numbers "
        "become strings in the NodePool.",
    )
    weight: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="Among pools that fit a pod, the one with the highest weight is taken."
    )
    replicas: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="A fixed number of nodes, for a static pool."
    )
    disruption: Disruption | None = Field(default=None, description="When Karpenter may take nodes away.")
    metadata: ObjectMetadata = Field(
        default_factory=ObjectMetadata, description="Labels and annotations of the NodePool itself."
    )

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        short = {requirement.key for requirement in self._short_requirements()}
        for requirement in self.requirements:
            if requirement.key in short and requirement.operator == "In":
                raise PydanticCustomError(
                    "said_twice",
                    "requirements names {key} with In, and a short option does too: keep one of them",
                    {"key": requirement.key},
                )
        if self.device_plugin_configuration is not None and vocabulary.NVIDIA_CONFIGURATION in (self.labels or {}):
            raise PydanticCustomError(
                "said_twice",
                "labels has {key}, and devicePluginConfiguration says it too: keep one of them",
                {"key": vocabulary.NVIDIA_CONFIGURATION},
            )
        return self

    @model_validator(mode="after")
    def _huge_pages_are_whole(self) -> Self:
        if self.huge_pages is not None and page_count(self.huge_pages) is None:
            message = f"'{self.huge_pages}' is not a number of pages of 2 MiB: say a multiple of 2Mi, such as 10Gi"
            raise placed([(("hugePages",), message)])
        return self

    @model_validator(mode="after")
    def _capacity_says_it_once(self) -> Self:
        problems = []
        capacity = self.capacity
        if capacity is None:
            return self
        if capacity.capacity_types and self.capacity_types is not None:
            message = f"capacity makes them {', '.join(capacity.capacity_types)} already: keep one of the two"
            problems.append((("capacityTypes",), message))
        if capacity.zone and self.zones is not None:
            problems.append((("zones",), f"capacity.zone is {capacity.zone} already: keep one of the two"))
        if capacity.static and self.replicas is not None:
            problems.append((("replicas",), "capacity.static says the number of nodes already: keep one of the two"))
        if capacity.static and self.weight is not None:
            problems.append((("weight",), "Karpenter has no weight for a static pool (capacity.static): remove it"))
        if capacity.static and set(self.limits or {}) - {"nodes"}:
            others = ", ".join(sorted(set(self.limits or {}) - {"nodes"}))
            message = f"Karpenter limits a static pool (capacity.static) by nodes only: remove {others}"
            problems.append((("limits",), message))
        if problems:
            raise placed(problems)
        return self

    @property
    def has_static_efa(self) -> bool:
        """Whether every node of the pool is started with all of its type's EFA."""
        return self.efa in {"ip-optimized", "bandwidth-optimized"}

    def all_labels(self) -> dict[str, str] | None:
        """Return the labels of the nodes: what one says, and those that the device plugins look for."""
        if self.device_plugin_configuration is None and not self.has_static_efa:
            return None if self.labels is None else dict(self.labels)
        labels = dict(self.labels or {})
        if self.device_plugin_configuration is not None:
            labels[vocabulary.NVIDIA_CONFIGURATION] = self.device_plugin_configuration
        if self.has_static_efa:
            labels[vocabulary.EFA_ATTACHED] = vocabulary.EFA_ATTACHED_VALUE
        return labels

    def all_requirements(self) -> tuple[Requirement, ...]:
        """Return the requirements of the NodePool: the short options' first, in their order, then `requirements`."""
        return (*self._short_requirements(), *self.requirements)

    def _short_requirements(self) -> list[Requirement]:
        capacity_types, zones = self.capacity_types, self.zones
        if self.capacity is not None:
            capacity_types = capacity_types or self.capacity.capacity_types
            zones = zones or (None if self.capacity.zone is None else (self.capacity.zone,))
        short = {
            vocabulary.ARCH: self.architectures,
            vocabulary.CAPACITY_TYPE: capacity_types,
            vocabulary.INSTANCE_CATEGORY: self.instance_categories,
            vocabulary.INSTANCE_FAMILY: self.instance_families,
            vocabulary.INSTANCE_TYPE: self.instance_types,
            vocabulary.ZONE: zones,
        }
        return [
            Requirement(key=key, operator="In", values=values) for key, values in short.items() if values is not None
        ]
