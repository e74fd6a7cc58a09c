"""A value as the API server sees it, and what it refuses: unknown fields, defaults, structure and CEL, in one walk.

A stack repeats itself: what was said of a value is remembered by its content, so that equal values cost one look.
"""

from __future__ import annotations

import marshal
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.admission.cel import OTHER, rule_for
from cdk8s_eks_gpu.admission.field_error import INVALID, FieldError
from cdk8s_eks_gpu.admission.schema.cel import CelRule, all_of, can_evaluate
from cdk8s_eks_gpu.admission.schema.fields import UNKNOWN_FIELD
from cdk8s_eks_gpu.admission.schema.structure import own_errors, plain_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode


_MOST_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 4_096  # bytes
_SHOWN = 3  # offenders in a message
_ZERO: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "object": {}, "array": []}


class Validated(Struct, frozen=True):
    """What the API server makes of a value.

    Attributes:
        value: The value without unknown fields and nulls, with defaults: what validation sees. Never change it.
        errors: What is wrong with it, with paths that begin at it: unknown fields (without words yet), structure, and
            CEL rules. A rule that sees a value of the wrong type is left out, since what it says would
            mislead. The object counts as new, so that rules that compare with a former state say nothing.
    """

    value: Any
    errors: tuple[FieldError, ...] = ()


class Validator:
    """Validates values by schemas."""

    def __init__(self, *, null_is_zero: bool) -> None:
        """Say what a null in a list or map is.

        Go's decoder reads it as the type's zero value in Kubernetes' own kinds. A null anywhere else gives way to the
        default, or to nothing: no field of Karpenter's CRDs is nullable, so that one in a list is an error there.
        """
        self._null_is_zero = null_is_zero
        self._remembered: dict[tuple[SchemaNode, bytes], Validated] = {}

    def validate(self, value: Any, node: SchemaNode) -> Validated:  # noqa: ANN401 -- any value of a manifest
        """Return what the API server makes of the value; what is cheap to look at again is not remembered."""
        if not (node.has_rules or isinstance(value, list)):
            return self._validate(value, node)
        content = marshal.dumps(value, 0)  # that version writes equal values alike
        if len(content) > _LONGEST_REMEMBERED:
            return self._validate(value, node)
        key = node, content
        validated = self._remembered.get(key)
        if validated is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            validated = self._remembered[key] = self._validate(value, node)
        return validated

    def _validate(self, value: Any, node: SchemaNode) -> Validated:  # noqa: ANN401
        errors: list[FieldError] = []
        if isinstance(value, dict) and node.type == "object":
            entries = _with_defaults(value, node) if node.has_defaults else value
            value = {}
            for name, item in entries.items():
                child = node.properties.get(name, node.additional)
                if child is None:
                    errors.append(FieldError(UNKNOWN_FIELD, (name,), "", item))
                elif item is not None:
                    value[name] = self._inner(item, child, name, errors)
                elif self._null_is_zero and name not in node.properties:
                    value[name] = _ZERO.get(child.type, 0)
        elif isinstance(value, list) and node.items is not None:
            child = node.items
            if self._null_is_zero:
                value = [_ZERO.get(child.type, 0) if item is None else item for item in value]
            value = [self._inner(item, child, index, errors) for index, item in enumerate(value)]
        errors += own_errors(value, node)
        if node.rules and not any(error.blocks_rules for error in errors):
            errors += _broken_rules(value, node.rules)
        return Validated(value, tuple(errors))

    def _inner(self, value: Any, node: SchemaNode, step: str | int, errors: list[FieldError]) -> Any:  # noqa: ANN401
        """Return a field or an item as validation sees it, and add what is wrong with it to the errors."""
        if type(value) is plain_type(node):
            return value
        if isinstance(value, dict | list) or node.rules:
            validated = self.validate(value, node)
            value, inner = validated.value, validated.errors
        else:
            inner = tuple(own_errors(value, node))
        if inner:
            errors += [error.below(step) for error in inner]
        return value


@cache
def _defaults(node: SchemaNode) -> dict[str, Any]:
    return {name: child.default for name, child in node.properties.items() if child.default is not None}


def _with_defaults(value: dict[str, Any], node: SchemaNode) -> dict[str, Any]:
    defaults = _defaults(node)
    missing = {name: default for name, default in defaults.items() if value.get(name) is None}
    return {**value, **missing} if missing else value


def _broken_rules(value: Any, rules: tuple[CelRule, ...]) -> Iterator[FieldError]:  # noqa: ANN401
    together = all_of(rules) if can_evaluate() else None
    if together is None or together.holds(value):
        return
    for rule in rules:
        if not rule.is_transition and not rule.holds(value):
            meaning = rule_for(rule.expression)
            summary = meaning.summary if meaning is not OTHER else f"{meaning.summary} {rule.expression}"
            yield FieldError(meaning, (), INVALID, value, f"{summary}{_offenders(rule, value)}")


def _offenders(rule: CelRule, value: Any) -> str:  # noqa: ANN401
    """Return which items of a list, or keys of a map, break a rule that asks something of all of them."""
    if not rule.expression.startswith("self.all("):
        return ""
    if isinstance(value, dict):
        names = [repr(key) for key, item in value.items() if not rule.holds({key: item})]
    else:
        names = [f"item {index}" for index, item in enumerate(value) if not rule.holds([item])]
    return f" Look at {', '.join(names[:_SHOWN])}." if names else ""
