"""Every rule, by its id; each stands beside the check that reports it."""

from __future__ import annotations

from cdk8s_eks_gpu.admission.rules import ADMISSION_RULES
from cdk8s_eks_gpu.preflight import reading
from cdk8s_eks_gpu.preflight.checks import CHECKS

ALL_RULES = {
    rule.id: rule for rule in (*reading.RULES, *ADMISSION_RULES, *(rule for checks in CHECKS for rule in checks.RULES))
}
"""The rules by their ids."""

GROUPS = tuple(dict.fromkeys(rule.group for rule in ALL_RULES.values()))
"""The groups, in the order in which they are checked."""
