"""CEL, as Kubernetes evaluates the rules of a CRD.

The evaluator is Google's own C++ implementation (`cel-expr-python`). It has no wheels for Python 3.10, where one that
is written in Python takes its place (`cel-python`): the same answers, a hundred times slower.
"""

from __future__ import annotations

import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

if sys.version_info >= (3, 11):
    from cdk8s_eks_gpu.admission.schema.cel_in_cpp import compile_rule
else:
    from cdk8s_eks_gpu.admission.schema.cel_in_python import compile_rule

if TYPE_CHECKING:
    from collections.abc import Callable

_MENTIONS_OLD_SELF = re.compile(r"\boldSelf\b")


class CelRule:
    """One rule of `x-kubernetes-validations`, compiled when it is first needed."""

    def __init__(self, expression: str) -> None:
        """Take the rule's expression as the CRD has it."""
        self.expression = expression

    @cached_property
    def is_transition(self) -> bool:
        """Return whether it compares with the object's former state, and so says nothing about a new one."""
        return _MENTIONS_OLD_SELF.search(self.expression) is not None

    @cached_property
    def _holds(self) -> Callable[[Any], bool]:
        return compile_rule(self.expression)

    def holds(self, value: Any) -> bool:  # noqa: ANN401 -- any value of a manifest
        """Return whether the value satisfies the rule. As in Kubernetes, a rule that fails to evaluate does not hold.

        A field that an expression reads without asking `has` first, and that is absent, is such a failure.
        """
        return self._holds(value)
