"""A Karpenter EC2NodeClass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.objects.node_class import node_class
from cdk8s_eks_gpu_crds.aws.k8s import karpenter

if TYPE_CHECKING:
    from constructs import Construct

    from cdk8s_eks_gpu.config.node_class import NodeClassOptions


class NodeClass(SingleObject):
    """How the nodes of a pool are launched."""

    imported = karpenter.Ec2NodeClass
    takes_namespace = False

    def __init__(self, scope: Construct, id: str, options: NodeClassOptions, *, name: str | None = None) -> None:
        """Create the EC2NodeClass. It is named like the construct's id, unless `name` says otherwise."""
        super().__init__(scope, id, [node_class(name or id, options)])
