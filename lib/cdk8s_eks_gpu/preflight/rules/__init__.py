"""Every rule, a module a group."""

from __future__ import annotations

from cdk8s_eks_gpu.admission.rules import cel, core, runtime, schema
from cdk8s_eks_gpu.preflight.rules import ami, capacity, efa, hygiene, instances, landing, manifest

ALL_RULES = {
    rule.id: rule
    for module in (manifest, schema, cel, runtime, core, landing, efa, capacity, instances, ami, hygiene)
    for rule in module.RULES
}
"""The rules by their ids."""

GROUPS = tuple(dict.fromkeys(rule.group for rule in ALL_RULES.values()))
"""The groups, in the order in which they are checked."""
