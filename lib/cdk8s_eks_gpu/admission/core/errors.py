"""The errors that an API server reports of Kubernetes' own kinds, and the checks that many places share.

A value of the wrong type counts as absent, since its schema says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission import field_error as problem
from cdk8s_eks_gpu.admission.field_error import FieldError, supported_values
from cdk8s_eks_gpu.findings import Rule, Severity
from cdk8s_eks_gpu.hints import closest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cdk8s_eks_gpu.manifests import Cursor

_REFUSED = "The API server refuses the object, though its shape is right."


def core_rule(name: str, summary: str, fix: str, source: str) -> Rule:
    """Return a rule of the group core; `source` is a page of Kubernetes' documentation."""
    return Rule(f"core/{name}", Severity.ERROR, summary, _REFUSED, f"https://kubernetes.io/docs/{source}", fix)


REQUIRED = core_rule("required", "A required field is empty or missing.", "Fill it in.", "concepts/workloads/pods/")
NAME = core_rule(
    "name",
    "A name is not what Kubernetes takes here.",
    "Use lower-case letters, digits and '-', 63 at most.",
    "concepts/overview/working-with-objects/names/",
)
ENUM = core_rule(
    "enum", "A word is none of those that its field takes.", "Use one of the words allowed.", "concepts/workloads/"
)
BOUNDS = core_rule("bounds", "A number is outside its bounds.", "Stay within the bounds.", "concepts/workloads/")
DUPLICATE = core_rule("duplicate", "A name is there twice.", "Rename one of them.", "concepts/workloads/pods/")
REFERENCE = core_rule(
    "reference",
    "A name is referred to and is not there.",
    "Correct the name, or add what it names.",
    "concepts/storage/volumes/",
)
CONFLICT = core_rule("conflict", "Two fields contradict each other.", "Remove one of them.", "concepts/workloads/pods/")
VALUE = core_rule(
    "value", "A value is not what its field takes.", "Correct the value as the message says.", "concepts/workloads/"
)


def required(at: Cursor, detail: str = "", rule: Rule = REQUIRED) -> FieldError:
    """Return the error that something must be there."""
    return FieldError(rule, at.path, problem.REQUIRED, at.value, detail)


def invalid(at: Cursor, detail: str, rule: Rule = VALUE, *, value: object = None) -> FieldError:
    """Return the error that a value is not what it must be: the one there, or another that is named."""
    return FieldError(rule, at.path, problem.INVALID, at.value if value is None else value, detail)


def unsupported(at: Cursor, supported: Sequence[str], rule: Rule = ENUM) -> FieldError:
    """Return the error that a word is none of those that are allowed."""
    match = closest(at.text(), supported)
    fix = f"Did you mean {match}?" if match else None
    return FieldError(rule, at.path, problem.UNSUPPORTED, at.value, supported_values(supported), fix)


def duplicate(at: Cursor, *, value: object = None) -> FieldError:
    """Return the error that something is there twice: the value there, or another that is named."""
    return FieldError(DUPLICATE, at.path, problem.DUPLICATE, at.value if value is None else value)


def not_found(at: Cursor, detail: str = "", fix: str | None = None) -> FieldError:
    """Return the error that a name refers to nothing."""
    return FieldError(REFERENCE, at.path, problem.NOT_FOUND, at.value, detail, fix)


def forbidden(at: Cursor, detail: str, rule: Rule = CONFLICT) -> FieldError:
    """Return the error that something must not be there."""
    return FieldError(rule, at.path, problem.FORBIDDEN, at.value, detail)


def too_many(at: Cursor, most: int) -> Iterator[FieldError]:
    """Yield the error that a list has too many items, if it has."""
    count = len(at.value) if isinstance(at.value, list) else 0
    if count > most:
        detail = f"{count}: must have at most {most} items"
        yield FieldError(BOUNDS, at.path, problem.TOO_MANY, None, detail)


def one_of(at: Cursor, *supported: str, may_be_empty: bool = True) -> Iterator[FieldError]:
    """Yield the error that a word is not allowed; an absent one takes the default, and so may an empty one."""
    if at and at.text() not in supported and (at.text() or not may_be_empty):
        yield unsupported(at, supported)


def within(at: Cursor, least: int, most: int | None = None) -> Iterator[FieldError]:
    """Yield the error that a number is outside its bounds."""
    number = at.integer()
    if number is not None and (number < least or (most is not None and number > most)):
        bounds = f"greater than or equal to {least}" if most is None else f"between {least} and {most}, inclusive"
        yield invalid(at, f"must be {bounds}", BOUNDS)


def counts(at: Cursor, *fields: str) -> Iterator[FieldError]:
    """Yield an error for each of the fields that is a negative number."""
    for field in fields:
        if field in at.mapping():
            yield from within(at[field], 0)


def named(at: Cursor, fault: Callable[[str], str | None], rule: Rule = NAME) -> Iterator[FieldError]:
    """Yield what is wrong with a name; an absent or empty one takes the default."""
    if at.text() and (problem_of := fault(at.text())):
        yield invalid(at, problem_of, rule)


def needs_name(at: Cursor, fault: Callable[[str], str | None]) -> Iterator[FieldError]:
    """Yield what is wrong with a name that must be there."""
    if not at.text():
        yield required(at)
    else:
        yield from named(at, fault)


def local_path(at: Cursor, *, absolute: bool = False, reserved: bool = False) -> Iterator[FieldError]:
    """Yield what is wrong with a path: absolute unless that is allowed, leading upwards, or reserved."""
    path = at.text()
    if path.startswith("/") and not absolute:
        yield invalid(at, "must be a relative path")
    if ".." in path.split("/"):
        yield invalid(at, "must not contain '..'")
    elif reserved and path.startswith(".."):
        yield invalid(at, "must not start with '..'")
