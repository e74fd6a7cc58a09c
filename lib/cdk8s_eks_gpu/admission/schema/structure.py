"""Structural validation: does a value have the shape that its schema asks for? Every fault is reported.

The rules are those of Kubernetes' own validation of custom resources (`kube-openapi` and `structural schemas` of
apiextensions-apiserver); so are the paths, which name an absent field by the path it would have.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.field_error import (
    DUPLICATE,
    INVALID,
    REQUIRED,
    TOO_LONG,
    TOO_MANY,
    UNSUPPORTED,
    FieldError,
    supported_values,
)
from cdk8s_eks_gpu.admission.schema.cel import matches
from cdk8s_eks_gpu.errors import QuantityError
from cdk8s_eks_gpu.findings import Rule, Severity
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode

_SOURCE = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"
_REFUSED = "The API server refuses the object, and with it the rollout that the object belongs to."


def _rule(name: str, summary: str, fix: str) -> Rule:
    return Rule(f"schema/{name}", Severity.ERROR, summary, _REFUSED, _SOURCE, fix)


MISSING = _rule("required", "A field that must be there is missing.", "Add the field.")
TYPE = _rule("type", "A value is of another type than its field takes.", "Write a value of the type that is asked for.")
ENUM = _rule("enum", "A value is none of those that its field takes.", "Use one of the values that are allowed.")
PATTERN = _rule(
    "pattern", "A string does not have the form that its field asks for.", "Write it in the form asked for."
)
BOUNDS = _rule("bounds", "A number, a string or a list is outside its bounds.", "Stay within the bounds.")
FORMAT = _rule("format", "A string is not in the format that its field asks for.", "Write it in that format.")
REPEATED = _rule("duplicate", "A list that must not repeat itself does.", "Remove the repeated item.")

_INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
_NEWLINES = re.compile(r"[\r\n]")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "object": dict,
    "array": list,
    "number": (int, float),
}
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def type_error(value: Any, expected: str) -> FieldError:  # noqa: ANN401 -- any value of a manifest
    """Return the error that a value is not of the type."""
    shown = value if isinstance(value, str | int | float) else None
    detail = f"must be of type {expected}, and is {_NAMES.get(type(value), 'null')}"
    fix = None
    if expected == "string" and isinstance(value, bool | int | float):
        fix = "Put the value in quotes: without them YAML reads no string here."
    return FieldError(TYPE, (), INVALID, shown, detail, fix, blocks_rules=True)


def has_type(value: Any, node: SchemaNode) -> bool:  # noqa: ANN401 -- any value of a manifest
    """Return whether a value is of the type that the schema asks for."""
    kind = node.type
    if node.format == "byte" and isinstance(value, list):  # Go reads bytes one by one too
        return all(type(item) is int and 0 <= item <= 255 for item in value)  # noqa: PLR2004 -- a byte
    if kind in _TYPES:
        return isinstance(value, _TYPES[kind]) and not (kind == "number" and isinstance(value, bool))
    if node.quantity:
        return isinstance(value, str | int | float) and not isinstance(value, bool)
    if node.int_or_string or kind == "integer":
        return (node.int_or_string and isinstance(value, str)) or (
            isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        )
    return True


@cache
def plain_type(node: SchemaNode) -> type | None:
    """Return the type of the values that are right in any case, or None where the schema asks for more than a type."""
    asks_more = node.enum is not None or node.rules or node.format or node.pattern is not None
    bounds = (node.minimum, node.maximum, node.min_length, node.max_length)
    if asks_more or any(bound is not None for bound in bounds) or node.quantity or node.int_or_string:
        return None
    return {"string": str, "boolean": bool}.get(node.type)


def own_errors(value: Any, node: SchemaNode) -> Iterator[FieldError]:  # noqa: ANN401 -- any value of a manifest
    """Yield what is wrong with a value itself, without looking at what it holds: fields, items."""
    if not has_type(value, node):
        yield type_error(value, "integer or string" if node.int_or_string else node.type or "string or number")
        return
    if isinstance(value, str):
        yield from _string(value, node)
    elif isinstance(value, dict):
        yield from _object(value, node)
    elif isinstance(value, list):
        yield from _list(value, node)
    elif not isinstance(value, bool):
        yield from _number(value, node)
    if node.enum is not None and value not in node.enum:
        match = closest(value, map(str, node.enum)) if isinstance(value, str) else None
        fix = f"Did you mean {match}?" if match else None
        yield FieldError(ENUM, (), UNSUPPORTED, value, supported_values(node.enum), fix, blocks_rules=True)


def _string(value: str, node: SchemaNode) -> Iterator[FieldError]:
    if node.max_length is not None and len(value) > node.max_length:
        detail = f"must have at most {node.max_length} characters, and has {len(value)}"
        yield FieldError(BOUNDS, (), TOO_LONG, value, detail, blocks_rules=True)
        return
    if node.min_length is not None and len(value) < node.min_length:
        detail = f"must have at least {node.min_length} characters"
        yield FieldError(BOUNDS, (), INVALID, value, detail)
    if node.pattern is not None and not matches(node.pattern, value):
        fix = None if value else "Leave the field out where nothing is meant: an empty string is a value."
        yield FieldError(PATTERN, (), INVALID, value, f"must match '{node.pattern}'", fix)
    if node.quantity:
        try:
            parse_quantity(value)
        except QuantityError as error:
            yield FieldError(FORMAT, (), INVALID, value, str(error))
    if node.format == "byte" and not _BASE64.match(_NEWLINES.sub("", value)):
        yield FieldError(FORMAT, (), INVALID, None, "must be base64")
    if node.format == "date-time" and not _DATE_TIME.match(value):
        yield FieldError(FORMAT, (), INVALID, value, "must be a date and time as in RFC 3339")


def _number(value: float, node: SchemaNode) -> Iterator[FieldError]:
    low, high = _INTEGER_RANGES.get(node.format or "", (None, None))
    smallest = node.minimum if node.minimum is not None else low
    largest = node.maximum if node.maximum is not None else high
    if smallest is not None and value < smallest:
        yield FieldError(BOUNDS, (), INVALID, value, f"must be greater than or equal to {smallest}")
    if largest is not None and value > largest:
        yield FieldError(BOUNDS, (), INVALID, value, f"must be less than or equal to {largest}")


def _object(value: dict[str, Any], node: SchemaNode) -> Iterator[FieldError]:
    if node.max_properties is not None and len(value) > node.max_properties:
        detail = f"{len(value)}: must have at most {node.max_properties} entries"
        yield FieldError(BOUNDS, (), TOO_MANY, value, detail, blocks_rules=True)
    for name in node.required:
        if name not in value:
            yield FieldError(MISSING, (name,), REQUIRED, blocks_rules=True)


def _list(value: list[Any], node: SchemaNode) -> Iterator[FieldError]:
    if node.max_items is not None and len(value) > node.max_items:
        detail = f"{len(value)}: must have at most {node.max_items} items"
        yield FieldError(BOUNDS, (), TOO_MANY, value, detail, blocks_rules=True)
    if node.min_items is not None and len(value) < node.min_items:
        yield FieldError(BOUNDS, (), INVALID, len(value), f"must have at least {node.min_items} items")
    if node.list_type not in {"set", "map"}:
        return
    identities = set()
    for index, item in enumerate(value):
        identity = item
        if node.list_type == "map":
            identity = {key: item.get(key) for key in node.map_keys} if isinstance(item, dict) else None
        text = json.dumps(identity, sort_keys=True)
        if text in identities:
            shown = next(iter(identity.values())) if isinstance(identity, dict) and len(identity) == 1 else identity
            yield FieldError(REPEATED, (index,), DUPLICATE, shown)
        identities.add(text)
