"""The preflight: prove the manifests before a node is paid for.

It reads manifests, not constructs, so it checks its own project's output and anybody's folder of YAML alike.
"""

from cdk8s_eks_gpu.findings import Finding, Report, Rule, Severity
from cdk8s_eks_gpu.preflight.check import check, check_paths
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES

__all__ = [
    "DEFAULT_KARPENTER",
    "DEFAULT_KUBERNETES",
    "Finding",
    "Report",
    "Rule",
    "Severity",
    "check",
    "check_paths",
]
