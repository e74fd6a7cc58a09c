"""CEL by an implementation in Python, for Python 3.10."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import celpy
from celpy import celtypes

from cdk8s_eks_gpu.admission.schema.cel_functions import STRICT_INT, find, strict_int, with_strict_int

if TYPE_CHECKING:
    from collections.abc import Callable


def _find(text: str, pattern: str) -> celtypes.StringType:
    return celtypes.StringType(find(str(text), str(pattern)))


def _strict_int(text: str) -> celtypes.IntType:
    return celtypes.IntType(strict_int(str(text)))


def _split(text: str, separator: str) -> celtypes.ListType:
    return celtypes.ListType([celtypes.StringType(part) for part in str(text).split(str(separator))])


@lru_cache(maxsize=1)
def _environment() -> celpy.Environment:
    return celpy.Environment()


def compile_rule(expression: str) -> Callable[[Any], bool]:
    """Return the function that tells whether a value satisfies the expression."""
    environment = _environment()
    functions = {"find": _find, "split": _split, STRICT_INT: _strict_int}
    program = environment.program(environment.compile(with_strict_int(expression)), functions=functions)

    def holds(value: Any) -> bool:  # noqa: ANN401 -- any value of a manifest
        try:
            return bool(program.evaluate({"self": celpy.json_to_cel(value)}))
        except (celpy.CELEvalError, TypeError, ValueError):  # as in Kubernetes, a failure to evaluate is no pass
            return False

    return holds
