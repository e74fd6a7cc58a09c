"""The CEL rules of Karpenter's CRDs, each in our own words.

A CRD says a rule as an expression. The lists of label keys in them grow from release to release while the rule stays
the same, so an expression is known by its form: every list of strings in it reads `[]`, and spaces do not count.
"""

from __future__ import annotations

import re

from msgspec import Struct

from cdk8s_eks_gpu.findings import Rule, Severity

_LIST = re.compile(r"""\[(?:\s*["'][^"'\]]*["']\s*,?)+\]""")
_WHY = "Karpenter's CRD carries the rule, so the API server refuses the object."
NODE_POOLS = "https://karpenter.sh/docs/concepts/nodepools/"
NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"
NODE_OVERLAYS = "https://karpenter.sh/docs/concepts/nodeoverlays/"


class CelMeaning(Struct, frozen=True):
    """What expressions of the CRDs mean.

    Attributes:
        rule: The rule, as its page describes it.
        forms: The forms of the expressions.
    """

    rule: Rule
    forms: frozenset[str]


def form(expression: str) -> str:
    """Return the form by which an expression is known: spaces dropped, lists of strings emptied."""
    return re.sub(r"\s", "", _LIST.sub("[]", expression)).replace('"', "'")


def meaning(name: str, source: str, summary: str, fix: str, *expressions: str) -> CelMeaning:
    """Return the meaning of expressions as a rule of the group cel."""
    return CelMeaning(
        Rule(f"cel/{name}", Severity.ERROR, summary, _WHY, source, fix), frozenset(map(form, expressions))
    )
