"""Every rule, a module a group."""

from __future__ import annotations

from cdk8s_eks_gpu.admission.rules import ADMISSION_RULES
from cdk8s_eks_gpu.preflight.rules import ami, capacity, efa, hygiene, instances, landing, manifest

ALL_RULES = {
    rule.id: rule
    for rule in (
        *manifest.RULES,
        *ADMISSION_RULES,
        *(rule for module in (landing, efa, capacity, instances, ami, hygiene) for rule in module.RULES),
    )
}
"""The rules by their ids."""

GROUPS = tuple(dict.fromkeys(rule.group for rule in ALL_RULES.values()))
"""The groups, in the order in which they are checked."""
