"""A live cluster, or dumps of one, held against what the manifests promise."""

from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.checks import verify
from cdk8s_eks_gpu.verify.folder import read_folder
from cdk8s_eks_gpu.verify.promise import Promise
from cdk8s_eks_gpu.verify.result import Report, Result
from cdk8s_eks_gpu.verify.snapshot import Log, Snapshot

__all__ = ["Log", "Promise", "Report", "Result", "Snapshot", "Status", "read_folder", "verify"]
