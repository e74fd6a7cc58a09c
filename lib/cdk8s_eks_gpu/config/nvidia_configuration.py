"""How NVIDIA's plugin hands out the GPUs of a node: whole, in turns, or in parts.

The rules are those of the plugin (NVIDIA/k8s-device-plugin v0.17.4 to v0.20.0: api/config/v1, validateFlags in
cmd/nvidia-device-plugin, cmd/mps-control-daemon/mps/device.go).
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import SHAREABLE_RESOURCE

MigStrategy = Literal["none", "single", "mixed"]
DeviceListStrategy = Literal["envvar", "volume-mounts", "cdi-annotations", "cdi-cri"]
DeviceIdStrategy = Literal["uuid", "index"]


class SharedResource(Options):
    """One resource of a node, and how many pods share each device of it."""

    name: Annotated[str, Field(pattern=SHAREABLE_RESOURCE)] = Field(
        description="nvidia.com/gpu, or a MIG resource such as nvidia.com/mig-1g.10gb."
    )
    replicas: Annotated[int, Field(ge=2)] = Field(description="How many pods share each device.")


class TimeSlicing(Options):
    """Pods take turns on a GPU; nothing keeps their memory or their crashes apart."""

    replicas: Annotated[int, Field(ge=2)] | None = Field(
        default=None, description="How many pods share each GPU: a node with 8 GPUs and 4 replicas offers 32."
    )
    resources: Annotated[Sequence[SharedResource], Field(min_length=1)] | None = Field(
        default=None, description="The same for each resource by name, in place of `replicas`: for MIG devices."
    )
    rename_by_default: bool | None = Field(
        default=None,
        description="Whether shared GPUs are offered as nvidia.com/gpu.shared. Karpenter knows no type with such "
        "a resource: it makes no node for pods that ask for it.",
    )
    fail_requests_greater_than_one: bool | None = Field(
        default=None,
        description="Whether a pod that asks for more than one shared GPU is refused: two shares need not be more than "
        "one. NVIDIA recommends true; without it, the plugin takes false.",
    )

    @model_validator(mode="after")
    def _says_how_many(self) -> Self:
        if (self.replicas is None) == (self.resources is None):
            raise PydanticCustomError("replicas", "needs replicas or resources, and not both")
        names = [resource.name for resource in self.resources or ()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            text = ", ".join(twice)
            raise PydanticCustomError(
                "twice", "resources names {text} more than once: keep one of them", {"text": text}
            )
        return self

    def all_resources(self) -> tuple[SharedResource, ...]:
        """Return the resources that are shared, whichever way they are given."""
        if self.replicas is not None:
            return (SharedResource(name="nvidia.com/gpu", replicas=self.replicas),)
        return tuple(self.resources or ())


class Mps(Options):
    """Pods use a GPU at once, each with an equal part of its memory and its computing power (CUDA MPS)."""

    replicas: Annotated[int, Field(ge=2, le=48)] = Field(
        description="Into how many parts each GPU is divided: up to 48, on GPUs before compute capability 7.5 up to 16."
    )
    rename_by_default: bool | None = Field(
        default=None,
        description="Whether the parts are offered as nvidia.com/gpu.shared. Karpenter knows no type with such "
        "a resource: it makes no node for pods that ask for it.",
    )


class NvidiaConfiguration(Options):
    """How the plugin works on a node. What is left out is as the plugin has it by default."""

    time_slicing: TimeSlicing | None = Field(default=None, description="Share each GPU: pods take turns on it.")
    mps: Mps | None = Field(default=None, description="Share each GPU: pods use parts of it at once.")
    mig_strategy: MigStrategy | None = Field(
        default=None,
        description="How MIG devices are offered: none ignores them, single offers them as nvidia.com/gpu, mixed by "
        "their size, such as nvidia.com/mig-1g.10gb. The plugin makes no MIG devices; it takes none by default.",
    )
    fail_on_init_error: bool | None = Field(
        default=None,
        description="Whether the plugin fails on a node without a working GPU (its default) or waits forever.",
    )
    device_list_strategy: Annotated[Sequence[DeviceListStrategy], Field(min_length=1)] | None = Field(
        default=None, description="How a container gets its GPUs; the plugin's default is envvar."
    )
    device_id_strategy: DeviceIdStrategy | None = Field(
        default=None, description="Whether a container gets its GPUs by uuid (the plugin's default) or by index."
    )

    @model_validator(mode="after")
    def _one_way_to_share(self) -> Self:
        if self.time_slicing is not None and self.mps is not None:
            raise PydanticCustomError(
                "shared_twice", "has timeSlicing and mps: a node's GPUs are shared one way, so keep one of them"
            )
        return self
