"""CEL and regular expressions, as Kubernetes evaluates them in the schema of a CRD.

CEL is Google's own C++ implementation (`cel-expr-python`). It has no wheels for some platforms, such as musl's Linux.
Without it nothing is said of CEL rules.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cel_expr_python import cel

_MENTIONS_OLD_SELF = re.compile(r"\boldSelf\b")
_CALLS_INT = re.compile(r"\bint\(")
_INTEGER = re.compile(r"[-+]?[0-9]{1,29}\Z")
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


@lru_cache(maxsize=1)
def can_evaluate() -> bool:
    """Return whether CEL can be evaluated here."""
    try:
        from cel_expr_python import cel  # noqa: F401, PLC0415 -- not there on every platform
    except ImportError:
        return False
    return True


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
        program = _environment().compile(_CALLS_INT.sub("strictInt(", self.expression))
        return lambda value: program.eval(data={"self": value}).value() is True

    def holds(self, value: Any) -> bool:  # noqa: ANN401 -- any value of a manifest
        """Return whether the value satisfies the rule. As in Kubernetes, a rule that fails to evaluate does not hold.

        A field that an expression reads without asking `has` first, and that is absent, is such a failure.
        """
        return self._holds(value)


@lru_cache(maxsize=512)
def all_of(rules: tuple[CelRule, ...]) -> CelRule | None:
    """Return one rule that holds when all of them do; those that compare with a former state are left out."""
    conditions = [f"({rule.expression})" for rule in rules if not rule.is_transition]
    return CelRule(" && ".join(conditions)) if conditions else None


@lru_cache(maxsize=1)
def _environment() -> cel.Env:
    """Return the environment that knows `self`, CEL's string functions, and Kubernetes' own."""
    from cel_expr_python import cel  # noqa: PLC0415 -- see `can_evaluate`
    from cel_expr_python.ext import ext_strings  # noqa: PLC0415

    text, whole = cel.Type.STRING, cel.Type.INT
    find = cel.Overload("string_find_string", return_type=text, parameters=[text, text], is_member=True, impl=_find)
    # CEL in C++ reads int(" 1") as 1; Kubernetes does not. Karpenter's rules call `int` of texts only.
    integer = cel.Overload("strict_int_string", return_type=whole, parameters=[text], is_member=False, impl=_strict_int)
    return cel.NewEnv(
        variables={"self": cel.Type.DYN},
        extensions=[ext_strings.ExtStrings()],
        functions=[cel.FunctionDecl("find", [find]), cel.FunctionDecl("strictInt", [integer])],
    )


def _strict_int(text: str) -> int:
    """Return the number that a text is, as Go reads it: no spaces, no underscores, 64 bits.

    Raises:
        ValueError: The text is no such number.
    """
    number = int(text) if _INTEGER.match(text) else None
    if number is None or not _SMALLEST <= number <= _LARGEST:
        raise ValueError(f"{text!r} is no integer of 64 bits")
    return number


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _find(text: str, pattern: str) -> str:
    """Return the first match of the pattern in the text, or an empty string: Kubernetes' `find`."""
    match = _compiled(pattern).search(text)
    return match[0] if match else ""


_SHORT = 400  # characters


@lru_cache(maxsize=256)
def _as_in_go(pattern: str) -> re.Pattern[str]:
    # Go's `$` is the end of the text, Python's also stands before a last newline. Go's `\d` and `\s` are ASCII.
    # An escaped or bracketed dollar does not occur in Karpenter's patterns; a test of the data holds that.
    return re.compile(pattern.replace("$", r"\Z"), re.ASCII)


@lru_cache(maxsize=16_384)
def _short_matches(pattern: str, text: str) -> bool:
    return _as_in_go(pattern).search(text) is not None


@lru_cache(maxsize=256)
def _linear(pattern: str) -> CelRule:
    quoted = pattern.replace("\\", "\\\\").replace("'", "\\'")
    return CelRule(f"self.matches('{quoted}')")


def matches(pattern: str, text: str) -> bool:
    """Return whether the pattern is found in the text, with the meaning it has in Go.

    Python's own engine is the faster one on the short texts that manifests have; on a long one it may try an
    exponential number of ways, so that is left to the linear engine inside CEL. Without that, a long text passes.
    """
    if len(text) <= _SHORT:
        return _short_matches(pattern, text)
    return not can_evaluate() or _linear(pattern).holds(text)
