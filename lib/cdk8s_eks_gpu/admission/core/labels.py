"""Labels, and what selects by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import core_rule, forbidden, invalid, named, required, unsupported
from cdk8s_eks_gpu.names import label_value_fault, qualified_name_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

LABEL = core_rule(
    "label",
    "A label key or value is not what Kubernetes takes.",
    "Use at most 63 letters, digits, '-', '_' and '.'.",
    "concepts/overview/working-with-objects/labels/",
)
AFFINITY = core_rule(
    "affinity",
    "An affinity term or selector is not what Kubernetes takes.",
    "In and NotIn need values, Exists and DoesNotExist take none, Gt and Lt one whole number.",
    "concepts/scheduling-eviction/assign-pod-node/",
)

SELECTOR_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def labels(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with a map of labels; as in Kubernetes, the error is one of the map."""
    for key, value in at.mapping().items():
        if fault := qualified_name_fault(key):
            yield invalid(at, f"the key {fault}", LABEL, value=key)
        if isinstance(value, str) and (fault := label_value_fault(value)):
            yield invalid(at, f"the value of {key} {fault}", LABEL, value=value)


def label_selector(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with a label selector."""
    yield from labels(at["matchLabels"])
    for term in at["matchExpressions"].objects():
        yield from expression(term, SELECTOR_OPERATORS)


def expression(term: Cursor, operators: tuple[str, ...], *, any_value: bool = False) -> Iterator[FieldError]:
    """Yield what is wrong with a key, its operator and its values; with `any_value`, values need be no labels."""
    key, at, values = term["key"], term["operator"], term["values"]
    operator = at.text()
    if fault := qualified_name_fault(key.text()):
        yield invalid(key, fault, LABEL)
    if operator not in operators:
        yield unsupported(at, operators)
    elif operator in {"In", "NotIn"} and not values.value:
        yield required(values, f"must be specified when `operator` is '{operator}'", AFFINITY)
    elif operator in {"Exists", "DoesNotExist"} and values.value:
        yield forbidden(values, f"may not be specified when `operator` is '{operator}'", AFFINITY)
    elif operator in {"Gt", "Lt"} and len(values.texts()) != 1:
        yield required(values, f"must be one value when `operator` is '{operator}'", AFFINITY)
    if not any_value:
        for value in values.items():
            yield from named(value, label_value_fault, LABEL)


def matches(selector: Cursor, own: Mapping[str, object]) -> bool:
    """Return whether a label selector matches labels; a selector that is wrong in itself matches any."""
    if any(own.get(key) != value for key, value in selector["matchLabels"].mapping().items()):
        return False
    for term in selector["matchExpressions"].objects():
        key, values = term["key"].text(), term["values"].texts()
        holds = {
            "In": own.get(key) in values,
            "NotIn": key not in own or own[key] not in values,
            "Exists": key in own,
            "DoesNotExist": key not in own,
        }
        if not holds.get(term["operator"].text(), True):
            return False
    return True
