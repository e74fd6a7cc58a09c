"""Small steps through data of any shape, and checks that many places share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.rules import core as rules
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.names import dns_label_fault, label_value_fault, qualified_name_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.manifests import Path


def fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 -- any value of a manifest
    """Return an object's fields; none of what is no object."""
    return value if isinstance(value, dict) else {}


def entries(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:  # noqa: ANN401
    """Yield the objects of a list, each with its path."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict):
            yield (*path, index), item


def one_of(value: dict[str, Any], field: str, path: Path, allowed: Sequence[str]) -> Iterator[Violation]:
    """Yield a violation when the field says a word that is not allowed; an absent or empty one takes the default."""
    word = value.get(field)
    if isinstance(word, str) and word and word not in allowed:
        message = f"{field} is {word!r}, which is none of {', '.join(allowed)}{did_you_mean(word, allowed)}"
        yield Violation(rules.ENUM, (*path, field), message, word)


def at_least(value: dict[str, Any], field: str, path: Path, least: int, most: int | None = None) -> Iterator[Violation]:
    """Yield a violation when the field is a number outside its bounds."""
    number = value.get(field)
    if isinstance(number, bool) or not isinstance(number, int):
        return
    if number < least or (most is not None and number > most):
        bounds = f"at least {least}" if most is None else f"from {least} to {most}"
        yield Violation(rules.BOUNDS, (*path, field), f"{field} is {number}; it must be {bounds}", number)


def named(value: dict[str, Any], path: Path, seen: set[str]) -> Iterator[Violation]:
    """Yield what is wrong with the `name` of one of several: missing, no DNS label, or there already."""
    name = value.get("name")
    place = (*path, "name")
    if name is None or name == "":
        yield Violation(rules.REQUIRED, place, "name is missing")
    elif isinstance(name, str):
        if fault := dns_label_fault(name):
            yield Violation(rules.NAME, place, f"name {name[:80]!r} {fault}", name)
        if name in seen:
            yield Violation(rules.DUPLICATE, place, f"name {name!r} is there already", name)
        seen.add(name)


def labels(value: Any, path: Path) -> Iterator[Violation]:  # noqa: ANN401
    """Yield what is wrong with a map of labels."""
    for key, item in fields(value).items():
        if fault := qualified_name_fault(key):
            yield Violation(rules.LABEL, path, f"the key {key[:80]!r} {fault}", key)
        if isinstance(item, str) and (fault := label_value_fault(item)):
            yield Violation(rules.LABEL, path, f"the value {item[:80]!r} of {key} {fault}", item)


def label_selector(value: Any, path: Path) -> Iterator[Violation]:  # noqa: ANN401
    """Yield what is wrong with a label selector."""
    selector = fields(value)
    yield from labels(selector.get("matchLabels"), (*path, "matchLabels"))
    for place, term in entries(selector.get("matchExpressions"), (*path, "matchExpressions")):
        yield from expression(term, place, ("In", "NotIn", "Exists", "DoesNotExist"))


def expression(term: dict[str, Any], path: Path, operators: Sequence[str]) -> Iterator[Violation]:
    """Yield what is wrong with a key, its operator and its values."""
    key, operator, values = term.get("key"), term.get("operator"), term.get("values") or []
    if isinstance(key, str) and (fault := qualified_name_fault(key)):
        yield Violation(rules.LABEL, (*path, "key"), f"the key {key[:80]!r} {fault}", key)
    if not isinstance(operator, str) or not isinstance(values, list):
        return
    if operator not in operators:
        message = (
            f"operator is {operator!r}, which is none of {', '.join(operators)}{did_you_mean(operator, operators)}"
        )
        yield Violation(rules.ENUM, (*path, "operator"), message, operator)
    elif operator in {"In", "NotIn"} and not values:
        yield Violation(rules.AFFINITY, (*path, "values"), f"values is empty, and {operator} needs some")
    elif operator in {"Exists", "DoesNotExist"} and values:
        yield Violation(rules.AFFINITY, (*path, "values"), f"values is given, and {operator} takes none")
    elif operator in {"Gt", "Lt"} and len(values) != 1:
        yield Violation(rules.AFFINITY, (*path, "values"), f"values must be one number for {operator}")
    for index, value in enumerate(values if operator in {"In", "NotIn"} else ()):
        if isinstance(value, str) and (fault := label_value_fault(value)):
            yield Violation(rules.LABEL, (*path, "values", index), f"the value {value[:80]!r} {fault}", value)
