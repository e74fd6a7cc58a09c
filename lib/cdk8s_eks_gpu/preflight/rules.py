"""Every rule, by its id; each stands beside the check that reports it."""

from __future__ import annotations

from cdk8s_eks_gpu.admission import cel, core, objects
from cdk8s_eks_gpu.admission.runtime import kubelet, validate
from cdk8s_eks_gpu.admission.schema import fields, metadata, structure
from cdk8s_eks_gpu.preflight import reading
from cdk8s_eks_gpu.preflight.checks import CHECKS

# In the order of their groups: manifest, schema, cel, runtime, core, then those of the checks.
_MODULES = (reading, fields, structure, metadata, objects, cel, validate, kubelet, core, *CHECKS)

ALL_RULES = {rule.id: rule for module in _MODULES for rule in module.RULES}
"""The rules by their ids."""

GROUPS = tuple(dict.fromkeys(rule.group for rule in ALL_RULES.values()))
"""The groups, in the order in which they are checked."""
