"""A Karpenter NodePool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.objects.node_pool import node_pool
from cdk8s_eks_gpu_crds.sh import karpenter

if TYPE_CHECKING:
    from constructs import Construct

    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions


class NodePool(SingleObject):
    """A pool of nodes that Karpenter creates on demand."""

    imported = karpenter.NodePool
    takes_namespace = False

    def __init__(self, scope: Construct, id: str, options: NodePoolOptions, *, name: str | None = None) -> None:
        """Create the NodePool. It is named like the construct's id, unless `name` says otherwise."""
        super().__init__(scope, id, [node_pool(name or id, options)])
