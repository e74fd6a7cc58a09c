"""The image of the test between nodes, and the GPUs that it is not built for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances import InstanceType

NCCL_TESTS_IMAGE: Final = (
    "public.ecr.aws/hpc-cloud/nccl-tests:cuda12.8.1-efa1.43.2-ofiv1.16.3-ncclv2.27.7-1-testsv2.16.9"
)
"""AWS's image with nccl-tests, NCCL, aws-ofi-nccl, libfabric and Open MPI, by a tag that names all their versions."""

# Built for sm_80 to sm_100, without PTX: not for sm_70, sm_75 and sm_120
# (micro-benchmarks/nccl-tests/nccl-tests.Dockerfile of awsome-distributed-training, 2026-02-21).
_NOT_BUILT_FOR: Final = frozenset({"v100", "t4", "t4g", "rtx-pro-4500", "rtx-pro-server-6000"})


def image_problem(image: str, instance_type: InstanceType) -> str | None:
    """Return why nccl-tests of the image do not run on the GPUs of the type, or None. Other images are not known."""
    gpu = instance_type.labels.get(vocabulary.GPU_NAME)
    if image != NCCL_TESTS_IMAGE or gpu not in _NOT_BUILT_FOR:
        return None
    return f"is missing: the default image is not built for the GPU of {instance_type.name} ({gpu}); name one that is"
