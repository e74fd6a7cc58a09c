"""A value as the API server sees it, and what it refuses: unknown fields, defaults, structure and CEL, in one walk.

A stack repeats itself: what was said of a value is remembered by its content, so that equal values cost one look.
"""

from __future__ import annotations

import marshal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.cel import OTHER, rule_for
from cdk8s_eks_gpu.admission.field_error import INVALID, FieldError
from cdk8s_eks_gpu.admission.schema.cel import all_of, can_evaluate
from cdk8s_eks_gpu.admission.schema.structure import own_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.schema.cel import CelRule
    from cdk8s_eks_gpu.admission.schema.node import SchemaNode
    from cdk8s_eks_gpu.manifests import Path

_MOST_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 4_096  # bytes
_SHOWN = 3  # offenders in a message
_ZERO: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "object": {}, "array": []}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the API server makes of a value. All paths begin at the value.

    Attributes:
        value: The value without unknown fields and nulls, with defaults: what validation sees. Never change it.
        unknown: The fields that the schema does not have, with their values.
        errors: Where the value breaks its structural schema.
        broken: Which CEL rules do not hold. A rule that sees a value of the wrong type is left out, since what it says
            would mislead. The object counts as new, so that rules that compare with a former state say nothing.
    """

    value: Any
    unknown: tuple[tuple[Path, Any], ...] = ()
    errors: tuple[FieldError, ...] = ()
    broken: tuple[FieldError, ...] = ()


class Validator:
    """Validates values by schemas."""

    def __init__(self, *, null_is_zero: bool) -> None:
        """Say what a null in a list is.

        Go's decoder reads it as the type's zero value in Kubernetes' own kinds; in custom resources it is an error. A
        null anywhere else gives way to the default, or to nothing: no field of Karpenter's CRDs is nullable.
        """
        self._null_is_zero = null_is_zero
        self._remembered: dict[tuple[SchemaNode, bytes], Verdict] = {}

    def verdict(self, value: Any, node: SchemaNode) -> Verdict:  # noqa: ANN401 -- any value of a manifest
        """Return what the API server makes of the value."""
        content = marshal.dumps(value, 0)  # that version writes equal values alike
        if len(content) > _LONGEST_REMEMBERED:
            return self._verdict(value, node)
        key = node, content
        verdict = self._remembered.get(key)
        if verdict is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            verdict = self._remembered[key] = self._verdict(value, node)
        return verdict

    def _verdict(self, value: Any, node: SchemaNode) -> Verdict:  # noqa: ANN401
        unknown: list[tuple[Path, Any]] = []
        errors: list[FieldError] = []
        broken: list[FieldError] = []
        if isinstance(value, dict) and node.type == "object":
            entries = _with_defaults(value, node) if node.has_defaults else value
            value = {}
            for name, item in entries.items():
                child = node.properties.get(name, node.additional)
                if child is None:
                    unknown.append(((name,), item))
                elif item is not None:
                    value[name] = self._inner(item, child, name, unknown, errors, broken)
        elif isinstance(value, list) and node.items is not None:
            items, child, value = value, node.items, []
            for index, item in enumerate(items):
                if item is None and self._null_is_zero:
                    item = _ZERO.get(child.type, 0)  # noqa: PLW2901 -- what the server reads there
                value.append(self._inner(item, child, index, unknown, errors, broken))
        errors += own_errors(value, node)
        if node.rules and not any(error.blocks_rules for error in errors):
            broken[:0] = _broken_rules(value, node.rules)
        return Verdict(value, tuple(unknown), tuple(errors), tuple(broken))

    def _inner(  # noqa: PLR0913, PLR0917 -- the three lists are one result
        self,
        value: Any,  # noqa: ANN401
        node: SchemaNode,
        step: str | int,
        unknown: list[tuple[Path, Any]],
        errors: list[FieldError],
        broken: list[FieldError],
    ) -> Any:  # noqa: ANN401
        """Return the field or item as validation sees it, and add what is wrong with it to the lists."""
        if not (isinstance(value, dict | list) or node.rules):
            errors.extend(error.below(step) for error in own_errors(value, node))
            return value
        verdict = self.verdict(value, node)
        unknown.extend(((step, *path), item) for path, item in verdict.unknown)
        errors.extend(error.below(step) for error in verdict.errors)
        broken.extend(error.below(step) for error in verdict.broken)
        return verdict.value


def _with_defaults(value: dict[str, Any], node: SchemaNode) -> dict[str, Any]:
    defaults = {
        name: child.default
        for name, child in node.properties.items()
        if child.default is not None and value.get(name) is None
    }
    return {**value, **defaults}


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
