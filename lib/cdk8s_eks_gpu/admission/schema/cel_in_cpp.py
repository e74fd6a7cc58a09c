"""CEL by Google's C++ implementation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from cdk8s_eks_gpu.admission.schema.cel_functions import STRICT_INT, find, strict_int, with_strict_int

if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=1)
def _environment() -> cel.Env:
    """Return the environment that knows `self`, CEL's string functions and ours."""
    overload = cel.Overload(
        "string_find_string",
        return_type=cel.Type.STRING,
        parameters=[cel.Type.STRING, cel.Type.STRING],
        is_member=True,
        impl=find,
    )
    # CEL in C++ reads int(" 1") as 1; Kubernetes does not.
    whole = cel.Overload(
        "strict_int_string", return_type=cel.Type.INT, parameters=[cel.Type.STRING], is_member=False, impl=strict_int
    )
    return cel.NewEnv(
        variables={"self": cel.Type.DYN},
        extensions=[ext_strings.ExtStrings()],
        functions=[cel.FunctionDecl("find", [overload]), cel.FunctionDecl(STRICT_INT, [whole])],
    )


def compile_rule(expression: str) -> Callable[[Any], bool]:
    """Return the function that tells whether a value satisfies the expression."""
    program = _environment().compile(with_strict_int(expression))
    return lambda value: program.eval(data={"self": value}).value() is True
