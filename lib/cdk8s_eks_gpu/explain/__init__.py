"""Which machines pools admit and pods can run on: the questions behind `eks-gpu explain`, in pure Python."""

from cdk8s_eks_gpu.explain.answer import Answer, Caught, PoolAnswer, WorkloadAnswer, answer
from cdk8s_eks_gpu.explain.diff import Change, Difference, difference
from cdk8s_eks_gpu.provisioning.cause import Cause
from cdk8s_eks_gpu.provisioning.hosting import Hosting, PoolOfTypes
from cdk8s_eks_gpu.provisioning.stack import Stack, read_stack

__all__ = [
    "Answer",
    "Caught",
    "Cause",
    "Change",
    "Difference",
    "Hosting",
    "PoolAnswer",
    "PoolOfTypes",
    "Stack",
    "WorkloadAnswer",
    "answer",
    "difference",
    "read_stack",
]
