"""Karpenter's requirement algebra, and Kubernetes' node selectors, taints and tolerations, in pure Python."""

from cdk8s_eks_gpu.requirements.labels import (
    RUN_TIME_LABELS,
    WELL_KNOWN_LABELS,
    appears_at_run_time,
    is_restricted,
    normalized,
)
from cdk8s_eks_gpu.requirements.requirement import Operator, Requirement, Selector
from cdk8s_eks_gpu.requirements.requirements import Conflict, Requirements
from cdk8s_eks_gpu.requirements.taints import Taint, Toleration, untolerated

__all__ = [
    "RUN_TIME_LABELS",
    "WELL_KNOWN_LABELS",
    "Conflict",
    "Operator",
    "Requirement",
    "Requirements",
    "Selector",
    "Taint",
    "Toleration",
    "appears_at_run_time",
    "is_restricted",
    "normalized",
    "untolerated",
]
