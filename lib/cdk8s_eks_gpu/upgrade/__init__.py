"""What other versions of Karpenter and Kubernetes will do with the same manifests."""

from cdk8s_eks_gpu.upgrade.notes import Note
from cdk8s_eks_gpu.upgrade.plan import Gate, Upgrade, plan

__all__ = ["Gate", "Note", "Upgrade", "plan"]
