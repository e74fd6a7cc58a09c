"""The options of the two test Pods: one shows that the GPU works, the other that the fabric does."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from cdk8s_eks_gpu.config.containers import ContainerResources
from cdk8s_eks_gpu.config.model import Options, placed
from cdk8s_eks_gpu.config.scalars import LabelKey, LabelValue, Namespace, ObjectName, Quantity
from cdk8s_eks_gpu.config.scheduling import GPU_TOLERATION, Toleration
from cdk8s_eks_gpu.quantity import parse_quantity


class SmokeTestOptions(Options):
    """What both test Pods have in common."""

    namespace: Namespace | None = Field(default=None, description="The Pod's namespace; none leaves it to kubectl.")
    node_pool: ObjectName | None = Field(default=None, description="The pool whose nodes are tested; none takes any.")
    tolerations: Sequence[Toleration] = Field(
        default=(GPU_TOLERATION,), description="Tolerations; the default lets the Pod onto GPU nodes."
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
        if self.asks_for_huge_pages and self.cpu is None and self.memory is None:
            raise placed([(("hugePages",), "Kubernetes takes huge pages with cpu or memory only: say one of them too")])
        return self

    @property
    def asks_for_huge_pages(self) -> bool:
        """Whether the Pod asks for huge pages, and not to do without."""
        return self.huge_pages is not None and parse_quantity(str(self.huge_pages)) > 0


class SmokeTests(Options):
    """The test Pods to write into `dist/smoke-tests/`: `gpu: {}` writes one with its defaults."""

    gpu: GpuSmokeTestOptions | None = Field(default=None, description="The GPU test.")
    efa: EfaSmokeTestOptions | None = Field(default=None, description="The EFA test.")
