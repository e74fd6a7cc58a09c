"""The options of tests that take whole nodes: of one node alone, and of the fabric between nodes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.nccl_image import NCCL_TESTS_IMAGE
from cdk8s_eks_gpu.config.scalars import (
    INSTANCE_TYPE,
    NCCL_SIZE,
    SERVICE_NAME,
    LabelKey,
    LabelValue,
    Namespace,
    ObjectName,
    Quantity,
)
from cdk8s_eks_gpu.config.scheduling import Toleration

TestName = Annotated[str, Field(pattern=SERVICE_NAME, max_length=50)]


class WholeNodeOptions(Options):
    """What all tests of whole nodes have in common. What a node has is taken from the facts of its instance type."""

    namespace: Namespace | None = Field(default=None, description="The test's namespace; none leaves it to kubectl.")
    labels: Mapping[LabelKey, LabelValue] | None = Field(default=None, description="Labels of the test and its Pods.")
    annotations: Mapping[str, str] | None = Field(default=None, description="Annotations of the test.")
    node_pool: ObjectName | None = Field(default=None, description="The pool whose nodes are tested; none takes any.")
    instance_type: Annotated[str, Field(pattern=INSTANCE_TYPE)] | None = Field(
        default=None, description="The nodes' instance type; none takes the one that the pool launches."
    )
    tolerations: Sequence[Toleration] | None = Field(
        default=None, description="Tolerations; without them, those of the pool's taints, or of GPU nodes."
    )
    gpus: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="How many GPUs each node has; none takes it from the facts."
    )
    efa_interfaces: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="How many EFA interfaces each node has; none takes it from the facts."
    )
    image_pull_secrets: Sequence[ObjectName] | None = Field(
        default=None, description="Secrets that the image's registry asks for, in place of those of the cluster."
    )
    active_deadline_seconds: Annotated[int, Field(ge=1)] = Field(
        default=3600, description="How long the test may take, the start of its nodes included."
    )


class NodeTestOptions(WholeNodeOptions):
    """A Job that ends: it takes a whole node, and sees all of its GPUs and EFA devices."""

    name: TestName = Field(default="node-test", description="The Job's name.")
    image: str = Field(
        default=NCCL_TESTS_IMAGE, description="An image with libfabric's `fi_info`; `nvidia-smi` comes from the node."
    )


class NcclTestOptions(WholeNodeOptions):
    """NCCL's collectives over all GPUs of two or more whole nodes, in one zone."""

    name: TestName = Field(default="nccl-test", description="The name of the test's objects.")
    namespace: Namespace | None = Field(
        default="default", description="The namespace of the test's objects, which is one; none leaves it to kubectl."
    )
    nodes: Annotated[int, Field(ge=2)] = Field(default=2, description="How many nodes take part.")
    launcher: Literal["job", "mpi-operator"] = Field(
        default="job",
        description="job: a Job with an index for each Pod, and a Service; nothing has to be installed. mpi-operator: "
        "an MPIJob (kubeflow.org/v2beta1) for Kubeflow's MPI operator.",
    )
    zone: LabelValue | None = Field(
        default=None,
        description="The zone of all nodes; none takes the pool's one zone, or keeps the Pods together wherever they "
        "start. EFA's traffic does not leave a zone.",
    )
    image: str = Field(
        default=NCCL_TESTS_IMAGE,
        description="An image with nccl-tests (built with MPI), aws-ofi-nccl, Open MPI, sshd and Python.",
    )
    program: Literal[
        "all_reduce", "all_gather", "reduce_scatter", "alltoall", "broadcast", "gather", "reduce", "scatter", "sendrecv"
    ] = Field(default="all_reduce", description="Which collective is measured.")
    program_folder: Annotated[str, Field(pattern="^/.*[^/]$")] = Field(
        default="/opt/nccl-tests/build", description="Where the image has the programs of nccl-tests."
    )
    min_size: Annotated[str, Field(pattern=NCCL_SIZE)] = Field(default="8", description="The first size (-b).")
    max_size: Annotated[str, Field(pattern=NCCL_SIZE)] | None = Field(
        default=None, description="The last size (-e); none takes 16G, or what fits into the GPU's memory."
    )
    iterations: Annotated[int, Field(ge=1)] = Field(default=100, description="How often each size is measured (-n).")
    env: Mapping[str, str] | None = Field(
        default=None, description="More variables for all ranks, or others in place of those that AWS documents."
    )
    cpu: Quantity | None = Field(default=None, description="How much CPU each Pod asks for.")
    memory: Quantity | None = Field(
        default=None, description="How much memory each Pod asks for; none takes 4Gi a GPU beside `sharedMemory`."
    )
    shared_memory: Quantity | None = Field(
        default=None, description="The size of /dev/shm, where the ranks of a node meet; none takes 1Gi a GPU."
    )
    huge_pages: Quantity | None = Field(
        default=None,
        description="How much memory in pages of 2 MiB a Pod asks for; none takes the pool's `hugePages`. Where that "
        "is none, or with 0, EFA does without (FI_EFA_USE_HUGE_PAGE): Karpenter counts none of its own.",
    )
