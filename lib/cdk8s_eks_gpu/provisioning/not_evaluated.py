"""Pools of which nothing can be said here, with the reason: their nodes are not Karpenter's own to launch."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool


class NotEvaluated(Enum):
    """Why a pool is not evaluated; the value says it in a few words."""

    EKS_AUTO_MODE = "EKS Auto Mode launches its nodes, not a Karpenter of your own"
    HYPERPOD = "SageMaker HyperPod launches its nodes, not a Karpenter of your own"
    OTHER_PROVIDER = "its node class is not of Karpenter's provider for AWS"


_BY_GROUP = {
    "eks.amazonaws.com": NotEvaluated.EKS_AUTO_MODE,
    "karpenter.sagemaker.amazonaws.com": NotEvaluated.HYPERPOD,
}


def not_evaluated(pool: NodePool) -> NotEvaluated | None:
    """Return why the pool is not evaluated, or None where it is."""
    if (pool.node_class_group, pool.node_class_kind) == (vocabulary.NODE_CLASS_GROUP, vocabulary.NODE_CLASS_KIND):
        return None  # as `IsManaged` of kubernetes-sigs/karpenter compares group and kind
    return _BY_GROUP.get(pool.node_class_group, NotEvaluated.OTHER_PROVIDER)
