"""What a finding is: a rule that is broken, where, and what to do about it."""

from cdk8s_eks_gpu.findings.checked_for import CheckedFor
from cdk8s_eks_gpu.findings.finding import Finding, finding_at
from cdk8s_eks_gpu.findings.report import Report, merged
from cdk8s_eks_gpu.findings.rule import Rule, Severity

__all__ = ["CheckedFor", "Finding", "Report", "Rule", "Severity", "finding_at", "merged"]
