"""Structural validation: does a value have the shape that its schema asks for? Every fault is told, not only the first.

The rules are those of Kubernetes' own validation of custom resources; so are the paths, which name an absent field by
the path it would have.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.rules import schema as rules
from cdk8s_eks_gpu.admission.schema.patterns import matches
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.errors import QuantityError
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from cdk8s_eks_gpu.admission.schema.node import SchemaNode
    from cdk8s_eks_gpu.manifests import Path

_INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)\Z",
    re.ASCII,
)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
_NAMES = {str: "a text", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}


def type_name(value: object) -> str:
    """Return what a value is called in a message."""
    return _NAMES.get(type(value), "null")


def _is_integer(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _fits(value: object, node: SchemaNode) -> bool:
    if node.quantity:
        return isinstance(value, str | int | float) and not isinstance(value, bool)
    if node.int_or_string:
        return isinstance(value, str) or _is_integer(value)
    if node.type == "integer":
        return _is_integer(value)
    if node.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    expected = {"string": str, "boolean": bool, "object": dict, "array": list}[node.type]
    return isinstance(value, expected)


def _quoting_hint(value: object, node: SchemaNode) -> str | None:
    """Return the cure for the commonest slip: YAML took a text for something else."""
    if node.type == "string" and isinstance(value, bool | int | float):
        return "Put the value in quotes: without them YAML reads no text here."
    return None


def structure(value: Any, node: SchemaNode, path: Path, out: list[Violation]) -> None:  # noqa: ANN401 -- any value of a manifest
    """Add to `out` every place at or below the path where the value breaks the schema."""
    if not node.type and not node.int_or_string and not node.quantity:
        return
    if not _fits(value, node):
        expected = f"of type {node.type}" if node.type else "a number or a text"
        message = f"must be {expected}, and is {type_name(value)}"
        out.append(Violation(rules.TYPE, path, message, value, _quoting_hint(value, node), blocks_rules=True))
        return
    if isinstance(value, str):
        _text(value, node, path, out)
    elif isinstance(value, dict):
        _object(value, node, path, out)
    elif isinstance(value, list):
        _list(value, node, path, out)
    elif not isinstance(value, bool):
        _number(value, node, path, out)
    if node.enum is not None and value not in node.enum:
        allowed = ", ".join(map(str, node.enum))
        hint = did_you_mean(value, map(str, node.enum)) if isinstance(value, str) else ""
        message = f"is {value!r}, which is none of the values allowed here{hint}"
        out.append(Violation(rules.ENUM, path, message, value, f"Use one of: {allowed}.", blocks_rules=True))


def _text(value: str, node: SchemaNode, path: Path, out: list[Violation]) -> None:
    if node.max_length is not None and len(value) > node.max_length:
        message = f"has {len(value)} characters; at most {node.max_length} are allowed"
        out.append(Violation(rules.BOUNDS, path, message, value, blocks_rules=True))
        return
    if node.min_length is not None and len(value) < node.min_length:
        message = f"has {len(value)} characters; at least {node.min_length} are needed"
        out.append(Violation(rules.BOUNDS, path, message, value))
    if node.pattern is not None and not matches(node.pattern, value):
        message = f"{value[:80]!r} does not have the form {node.pattern}"
        out.append(Violation(rules.PATTERN, path, message, value))
    if node.quantity:
        try:
            parse_quantity(value)
        except QuantityError as error:
            out.append(Violation(rules.FORMAT, path, str(error), value))
    if node.format == "byte" and not _BASE64.match(value):
        out.append(Violation(rules.FORMAT, path, "is not base64", value))
    if node.format == "date-time" and not _DATE_TIME.match(value):
        message = f"{value[:80]!r} is no date and time in RFC 3339"
        out.append(Violation(rules.FORMAT, path, message, value))


def _number(value: float, node: SchemaNode, path: Path, out: list[Violation]) -> None:
    low, high = _INTEGER_RANGES.get(node.format or "", (None, None))
    smallest = node.minimum if node.minimum is not None else low
    largest = node.maximum if node.maximum is not None else high
    if smallest is not None and value < smallest:
        out.append(Violation(rules.BOUNDS, path, f"is {value}; the smallest value allowed is {smallest}", value))
    if largest is not None and value > largest:
        out.append(Violation(rules.BOUNDS, path, f"is {value}; the largest value allowed is {largest}", value))


def _object(value: dict[str, Any], node: SchemaNode, path: Path, out: list[Violation]) -> None:
    if node.max_properties is not None and len(value) > node.max_properties:
        message = f"has {len(value)} entries; at most {node.max_properties} are allowed"
        out.append(Violation(rules.BOUNDS, path, message, value, blocks_rules=True))
    out.extend(
        Violation(rules.REQUIRED, (*path, name), "is missing", blocks_rules=True)
        for name in node.required
        if name not in value
    )
    for name, item in value.items():
        child = node.properties.get(name, node.additional)
        if child is not None:
            structure(item, child, (*path, name), out)


def _list(value: list[Any], node: SchemaNode, path: Path, out: list[Violation]) -> None:
    if node.max_items is not None and len(value) > node.max_items:
        message = f"has {len(value)} items; at most {node.max_items} are allowed"
        out.append(Violation(rules.BOUNDS, path, message, value, blocks_rules=True))
    if node.min_items is not None and len(value) < node.min_items:
        message = f"has {len(value)} items; at least {node.min_items} are needed"
        out.append(Violation(rules.BOUNDS, path, message, value))
    if node.items is not None:
        for index, item in enumerate(value):
            structure(item, node.items, (*path, index), out)
    if node.list_type in {"set", "map"}:
        _unique(value, node, path, out)


def _unique(value: list[Any], node: SchemaNode, path: Path, out: list[Violation]) -> None:
    seen: set[str] = set()
    for index, item in enumerate(value):
        identity = item
        if node.list_type == "map":
            identity = [item.get(key) for key in node.map_keys] if isinstance(item, dict) else None
        text = json.dumps(identity, sort_keys=True)
        if text in seen:
            out.append(Violation(rules.DUPLICATE, (*path, index), "repeats an item before it", item))
        seen.add(text)
