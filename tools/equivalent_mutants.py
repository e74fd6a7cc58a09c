"""Mutants that no test can tell from the original."""

from __future__ import annotations

_REQUIREMENT = "cdk8s_eks_gpu.requirements.requirement"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (_REQUIREMENT, "Requirement.any", "self.lte >= 0 -> self.lte > 0"): "where the bound is 0, both sides give 0",
    (_REQUIREMENT, "Requirement.any", "self.lte >= 0 -> self.lte >= 1"): "where the bound is 0, both sides give 0",
}
"""By module, function and change, why."""
