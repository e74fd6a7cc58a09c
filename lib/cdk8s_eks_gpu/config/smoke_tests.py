"""The options of the two test Pods: one shows that the GPU works, the other that the fabric does."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Self

from pydantic import Field, JsonValue, model_validator

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.containers import ContainerResources
from cdk8s_eks_gpu.config.model import Options, placed, to_kubernetes_name
from cdk8s_eks_gpu.config.scalars import LabelKey, LabelValue, Namespace, ObjectName, Quantity
from cdk8s_eks_gpu.config.scheduling import GPU_TOLERATION, Toleration
from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions
from cdk8s_eks_gpu.quantity import parse_quantity


class SmokeTestOptions(Options):
    """What both test Pods have in common."""

    LIMITS: ClassVar[Mapping[str, str]] = {"gpus": vocabulary.GPU}
    """The options that are limits of the container, each with the resource."""

    namespace: Namespace | None = Field(default=None, description="The Pod's namespace; none leaves it to kubectl.")
    annotations: Mapping[str, str] | None = Field(default=None, description="Annotations of the Pod.")
    node_pool: ObjectName | None = Field(default=None, description="The pool whose nodes are tested; none takes any.")
    tolerations: Sequence[Toleration] = Field(
        default=(GPU_TOLERATION,),
        description="Tolerations; the default lets the Pod onto GPU nodes, and onto those of `nodePool` whatever their "
        "taints.",
    )
    affinity: Mapping[str, JsonValue] | None = Field(
        default=None, description="The Pod's affinity, as Kubernetes has it (nodeAffinity, podAffinity ...)."
    )
    resources: ContainerResources | None = Field(
        default=None, description="What the container asks for beside the devices: cpu, memory, hugepages-2Mi."
    )
    image_pull_secrets: Sequence[ObjectName] | None = Field(
        default=None,
        description="Secrets in the Pod's namespace that its registry asks for, in place of those of the cluster.",
    )

    @model_validator(mode="after")
    def _limits_are_set_once(self) -> Self:
        limits = (self.resources or ContainerResources()).limits or {}
        problems = [
            (("resources", "limits", resource), f"the option {to_kubernetes_name(option)} is for that: set it there")
            for option, resource in self.LIMITS.items()
            if resource in limits
        ]
        if problems:
            raise placed(problems)
        return self

    @property
    def limits(self) -> dict[str, int | str]:
        """The limits that the options ask for, beside those of `resources`; what is 0 is left out."""
        amounts = {resource: getattr(self, option) for option, resource in self.LIMITS.items()}
        return {
            resource: amount
            for resource, amount in amounts.items()
            if amount is not None and parse_quantity(str(amount)) > 0
        }


class GpuSmokeTestOptions(SmokeTestOptions):
    """A Pod that runs `nvidia-smi` and waits for its log to be read."""

    name: ObjectName = Field(default="gpu-pod", description="The Pod's name.")
    labels: Mapping[LabelKey, LabelValue] | None = Field(default=None, description="Labels of the Pod.")
    image: str = Field(default="nvidia/cuda:13.0.2-runtime-ubuntu22.04", description="An image with CUDA.")
    command: Sequence[str] = Field(default=("/bin/sh", "-c"), description="What the container runs.")
    args: Sequence[str] = Field(default=("nvidia-smi && sleep 300",), description="The arguments of the command.")
    gpus: Annotated[int, Field(ge=1)] = Field(default=1, description="How many GPUs the Pod asks for.")


class EfaSmokeTestOptions(SmokeTestOptions):
    """A Pod that waits for `kubectl exec POD -- fi_info -p efa`."""

    LIMITS: ClassVar[Mapping[str, str]] = {
        "efa_interfaces": vocabulary.EFA,
        "gpus": vocabulary.GPU,
        "cpu": "cpu",
        "memory": "memory",
        "huge_pages": vocabulary.HUGE_PAGES,
    }

    name: ObjectName = Field(default="efa-test-pod", description="The Pod's name.")
    labels: Mapping[LabelKey, LabelValue] | None = Field(default={"app": "efa-test"}, description="Labels of the Pod.")
    image: str = Field(
        default="public.ecr.aws/hpc-cloud/nccl-tests:latest",
        description="An image with libfabric and its EFA provider.",
    )
    command: Sequence[str] = Field(
        default=("/bin/bash", "-c", "sleep infinity"), description="What the container runs."
    )
    gpus: Annotated[int, Field(ge=0)] = Field(default=1, description="How many GPUs the Pod asks for.")
    efa_interfaces: Annotated[int, Field(ge=1)] = Field(default=1, description="How many EFA interfaces it asks for.")
    cpu: Quantity | None = Field(default=None, description="How much CPU it asks for.")
    memory: Quantity | None = Field(
        default=None, description="How much memory it asks for, that of `sharedMemory` included."
    )
    huge_pages: Quantity | None = Field(
        default=None,
        description="How much memory in pages of 2 MiB it asks for, such as 5120Mi; goes with cpu or memory. Karpenter "
        "counts none on any instance type without a NodeOverlay. 0 has EFA do without (FI_EFA_USE_HUGE_PAGE).",
    )
    shared_memory: Quantity | None = Field(
        default=None,
        description="The size of /dev/shm, in which NCCL's processes on a node meet; Kubernetes gives 64Mi. It counts "
        "as the Pod's memory.",
    )

    @model_validator(mode="after")
    def _huge_pages_go_with_cpu_or_memory(self) -> Self:
        added = self.resources or ContainerResources()
        asked = {*self.limits, *(added.requests or ()), *(added.limits or ())}
        if vocabulary.HUGE_PAGES in self.limits and asked.isdisjoint({"cpu", "memory"}):
            raise placed([(("hugePages",), "Kubernetes takes huge pages with cpu or memory only: say one of them too")])
        return self


class SmokeTests(Options):
    """The tests to write into `dist/smoke-tests/`: `gpu: {}` writes one with its defaults."""

    gpu: GpuSmokeTestOptions | None = Field(default=None, description="The GPU test.")
    efa: EfaSmokeTestOptions | None = Field(default=None, description="The EFA test.")
    node: NodeTestOptions | None = Field(
        default=None, description="The test of one whole node: Jobs that see all of its GPUs and EFA devices, and end."
    )
    nccl: NcclTestOptions | None = Field(
        default=None, description="The test between nodes: NCCL over all GPUs of two or more whole nodes."
    )
