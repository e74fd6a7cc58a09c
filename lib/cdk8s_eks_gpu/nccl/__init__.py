"""Logs of NCCL tests -> whether the fabric between the nodes works, and how fast it is. Pure: text in, values out."""

from cdk8s_eks_gpu.nccl.check import check_nccl_log
from cdk8s_eks_gpu.nccl.report import NcclCheck, NcclReport

__all__ = ["NcclCheck", "NcclReport", "check_nccl_log"]
