"""CEL, as Kubernetes evaluates the rules of a CRD.

The evaluator is Google's own C++ implementation (`cel-expr-python`). Kubernetes adds functions to CEL; the one that
Karpenter's rules use and that CEL's own string functions lack is `find`.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

_MENTIONS_OLD_SELF = re.compile(r"\boldSelf\b")


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _find(text: str, pattern: str) -> str:
    """Return the first match of the pattern in the text, or an empty string: Kubernetes' `find`."""
    match = _compiled(pattern).search(text)
    return match[0] if match else ""


@lru_cache(maxsize=1)
def environment() -> cel.Env:
    """Return the environment that knows `self`, CEL's string functions and Kubernetes' `find`."""
    find = cel.Overload(
        "string_find_string",
        return_type=cel.Type.STRING,
        parameters=[cel.Type.STRING, cel.Type.STRING],
        is_member=True,
        impl=_find,
    )
    return cel.NewEnv(
        variables={"self": cel.Type.DYN},
        extensions=[ext_strings.ExtStrings()],
        functions=[cel.FunctionDecl("find", [find])],
    )


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
    def _program(self) -> cel.Expression:
        return environment().compile(self.expression)

    def holds(self, value: Any) -> bool:  # noqa: ANN401 -- any value of a manifest
        """Return whether the value satisfies the rule. As in Kubernetes, a rule that fails to evaluate does not hold.

        A field that an expression reads without asking `has` first, and that is absent, is such a failure.
        """
        return bool(self._program.eval(data={"self": value}).value() is True)
