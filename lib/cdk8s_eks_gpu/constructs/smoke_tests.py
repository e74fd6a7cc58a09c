"""The two test Pods: one shows that the GPU works, the other that the fabric does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions
from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.objects.smoke_tests import efa_smoke_test, gpu_smoke_test

if TYPE_CHECKING:
    from constructs import Construct


class GpuSmokeTest(SingleObject):
    """A Pod whose log shows the table of `nvidia-smi`."""

    def __init__(self, scope: Construct, id: str, options: GpuSmokeTestOptions | None = None) -> None:
        """Create the Pod."""
        super().__init__(scope, id, [gpu_smoke_test(options or GpuSmokeTestOptions())])


class EfaSmokeTest(SingleObject):
    """A Pod in which `fi_info -p efa` lists the providers of the fabric."""

    def __init__(self, scope: Construct, id: str, options: EfaSmokeTestOptions | None = None) -> None:
        """Create the Pod."""
        super().__init__(scope, id, [efa_smoke_test(options or EfaSmokeTestOptions())])
