"""Which rule an expression of Karpenter's CRDs stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.rules import cel_node_classes, cel_node_pools
from cdk8s_eks_gpu.admission.rules.cel_form import NODE_POOLS, form, meaning

if TYPE_CHECKING:
    from cdk8s_eks_gpu.findings.rule import Rule

OTHER = meaning(
    "other",
    NODE_POOLS,
    "A rule of the CRD that has no page of its own does not hold.",
    "Read the expression in the message: it must be true of the value.",
).rule

_MEANINGS = (*cel_node_pools.MEANINGS, *cel_node_classes.MEANINGS)
_BY_FORM = {of_it: one.rule for one in _MEANINGS for of_it in one.forms}

RULES = (*(one.rule for one in _MEANINGS), OTHER)

# These compare with the object's former state. Offline there is none, and for a new object Kubernetes skips them.
TRANSITIONS = frozenset(
    form(expression)
    for expression in (
        "self == oldSelf",
        "self.group == oldSelf.group",
        "self.kind == oldSelf.kind",
        "has(self.replicas) == has(oldSelf.replicas)",
        "(has(oldSelf.role) && has(self.role)) || (has(oldSelf.instanceProfile) && has(self.instanceProfile))",
    )
)


def rule_for(expression: str) -> Rule:
    """Return the rule that a CRD's expression stands for; `OTHER` when it has no page of its own."""
    return _BY_FORM.get(form(expression), OTHER)
