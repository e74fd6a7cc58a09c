"""Which instance types pools launch and pods can run on: the view behind `eks-gpu explain`."""

from cdk8s_eks_gpu.explain.answer import Answer, PoolAnswer, PoolError, WorkloadAnswer, explain
from cdk8s_eks_gpu.explain.diff import Change, Difference, difference

__all__ = ["Answer", "Change", "Difference", "PoolAnswer", "PoolError", "WorkloadAnswer", "difference", "explain"]
