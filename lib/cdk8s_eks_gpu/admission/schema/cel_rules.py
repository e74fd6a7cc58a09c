"""Evaluating the CEL rules of a CRD over an object, each where the CRD has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.rules.cel import OTHER, rule_for
from cdk8s_eks_gpu.admission.schema.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.schema.cel import CelRule
    from cdk8s_eks_gpu.admission.schema.node import SchemaNode
    from cdk8s_eks_gpu.manifests import Path

_SHOWN = 3  # offenders in a message


def _offenders(rule: CelRule, value: Any) -> str:  # noqa: ANN401 -- any value of a manifest
    """Return which items of a list, or keys of a map, break a rule that asks something of all of them."""
    if not rule.expression.startswith("self.all("):
        return ""
    if isinstance(value, dict):
        names = [repr(key) for key, item in value.items() if not rule.holds({key: item})]
    else:
        names = [f"item {index}" for index, item in enumerate(value) if not rule.holds([item])]
    return f" Look at {', '.join(names[:_SHOWN])}." if names else ""


def broken_rules(value: Any, node: SchemaNode, path: Path, blocked: frozenset[Path]) -> Iterator[Violation]:  # noqa: ANN401 -- any value of a manifest
    """Yield the CEL rules that the value, which stands at the path, does not satisfy.

    A rule that sees a value of `blocked` is left out: what it says of a value of the wrong type would mislead. The
    object counts as new, so rules that compare with a former state say nothing, as in Kubernetes.
    """
    if not node.has_rules:
        return
    for rule in node.rules:
        if rule.is_transition or any(place[: len(path)] == path for place in blocked):
            continue
        if not rule.holds(value):
            told = rule_for(rule.expression)
            message = told.summary if told is not OTHER else f"{told.summary} {rule.expression}"
            yield Violation(told, path, f"{message}{_offenders(rule, value)}", value)
    if isinstance(value, dict):
        for name, item in value.items():
            child = node.properties.get(name, node.additional)
            if child is not None:
                yield from broken_rules(item, child, (*path, name), blocked)
    elif isinstance(value, list) and node.items is not None:
        for index, item in enumerate(value):
            yield from broken_rules(item, node.items, (*path, index), blocked)
