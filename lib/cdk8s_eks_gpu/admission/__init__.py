"""What the API server and Karpenter refuse of one object: schemas, CEL, Kubernetes' and Karpenter's own validation."""

from cdk8s_eks_gpu.admission.objects import kinds_without_schema, not_checked, refusals

__all__ = ["kinds_without_schema", "not_checked", "refusals"]
