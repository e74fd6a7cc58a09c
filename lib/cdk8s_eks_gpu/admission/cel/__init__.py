"""The CEL rules of Karpenter's CRDs: which of our rules an expression stands for."""

from __future__ import annotations

from cdk8s_eks_gpu.admission.cel import node_classes, node_pools
from cdk8s_eks_gpu.admission.cel.forms import NODE_POOLS, form, meaning
from cdk8s_eks_gpu.findings import Rule, Severity

OTHER = meaning(
    "other",
    NODE_POOLS,
    "A rule of the CRD that has no page of its own does not hold.",
    "Read the expression in the message: it must be true of the value.",
).rule

NOT_EVALUATED = Rule(
    "cel/not-evaluated",
    Severity.NOTE,
    "The CEL rules of Karpenter's CRDs were not evaluated.",
    "Google's CEL (`cel-expr-python`) has no wheel for this platform. The API server will evaluate the rules.",
    "https://github.com/cel-expr/cel-python",
    "Run the check where it has a wheel: Linux with glibc, macOS, or Windows on x86-64.",
)

_MEANINGS = (*node_pools.MEANINGS, *node_classes.MEANINGS)
_BY_FORM = {known: meaning.rule for meaning in _MEANINGS for known in meaning.forms}

RULES = (*(meaning.rule for meaning in _MEANINGS), OTHER, NOT_EVALUATED)


def rule_for(expression: str) -> Rule:
    """Return the rule that a CRD's expression stands for; `OTHER` when it has no page of its own."""
    return _BY_FORM.get(form(expression), OTHER)
