"""Tests of whole nodes: of one node alone, and of the fabric between nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.objects.nccl_test import nccl_test
from cdk8s_eks_gpu.objects.node_test import node_test

if TYPE_CHECKING:
    import cdk8s
    from constructs import Construct

    from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions


class NodeTest(SingleObject):
    """A Job that ends: it takes a whole node, and sees all of its GPUs and EFA devices."""

    def __init__(self, scope: Construct, id: str, options: NodeTestOptions) -> None:
        """Create the Job.

        Raises:
            MissingOptionError: The options name no instance type, or one without GPUs.
            UnknownNameError: The instance type is not known; the message has a hint.
        """
        super().__init__(scope, id, [node_test(options)])


class NcclTest(SingleObject):
    """NCCL's collectives over all GPUs of two or more whole nodes: a Job with its Service, or an MPIJob."""

    def __init__(self, scope: Construct, id: str, options: NcclTestOptions) -> None:
        """Create the objects.

        Raises:
            MissingOptionError: The options name no instance type, one without GPUs, or one that the image
                does not support.
            UnknownNameError: The instance type is not known; the message has a hint.
        """
        super().__init__(scope, id, nccl_test(options))

    @property
    def service(self) -> cdk8s.ApiObject | None:
        """The Service through which the Job's Pods find each other; None beside an MPIJob, whose operator has it."""
        return self._resources.get("Service")
