"""CEL by Google's C++ implementation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from cdk8s_eks_gpu.preflight.schema.cel_find import find

if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=1)
def _environment() -> cel.Env:
    """Return the environment that knows `self`, CEL's string functions and Kubernetes' `find`."""
    overload = cel.Overload(
        "string_find_string",
        return_type=cel.Type.STRING,
        parameters=[cel.Type.STRING, cel.Type.STRING],
        is_member=True,
        impl=find,
    )
    return cel.NewEnv(
        variables={"self": cel.Type.DYN},
        extensions=[ext_strings.ExtStrings()],
        functions=[cel.FunctionDecl("find", [overload])],
    )


def compile_rule(expression: str) -> Callable[[Any], bool]:
    """Return the function that tells whether a value satisfies the expression."""
    program = _environment().compile(expression)
    return lambda value: program.eval(data={"self": value}).value() is True
