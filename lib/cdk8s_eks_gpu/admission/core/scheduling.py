"""Where a pod may run: tolerations, affinity, topology spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import (
    CONFLICT,
    REQUIRED,
    core_rule,
    duplicate,
    forbidden,
    invalid,
    named,
    one_of,
    required,
    unsupported,
    within,
)
from cdk8s_eks_gpu.admission.core.labels import AFFINITY, LABEL, SELECTOR_OPERATORS, expression, label_selector
from cdk8s_eks_gpu.names import dns_label_fault, label_value_fault, qualified_name_fault, subdomain_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

TOLERATION = core_rule(
    "toleration",
    "A toleration contradicts itself.",
    "`Exists` takes no value; no key needs `Exists`; seconds go with NoExecute.",
    "concepts/scheduling-eviction/taint-and-toleration/",
)

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_NODE_OPERATORS = (*SELECTOR_OPERATORS, "Gt", "Lt")
_WHEN_UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")


def toleration(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with a toleration."""
    key, value, effect = at["key"], at["value"], at["effect"]
    operator = at["operator"].text() or "Equal"
    yield from named(key, qualified_name_fault, LABEL)
    yield from one_of(at["operator"], "Equal", "Exists")
    yield from one_of(effect, *_EFFECTS)
    if operator == "Equal":
        yield from named(value, label_value_fault, LABEL)
    elif operator == "Exists" and value.text():
        yield invalid(value, "must be empty when `operator` is 'Exists'", TOLERATION)
    if not key.text() and operator != "Exists":
        yield invalid(at["operator"], "must be Exists when `key` is empty", TOLERATION)
    if at["tolerationSeconds"] and effect.text() != "NoExecute":
        yield invalid(effect, "must be NoExecute when `tolerationSeconds` is set", TOLERATION)


def affinity(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the affinity of a pod."""
    node = at["nodeAffinity"]
    if selector := node[_REQUIRED]:
        terms = selector["nodeSelectorTerms"]
        if not terms.value:
            yield required(terms, "must have at least one node selector term")
        for term in terms.objects():
            yield from _node_term(term)
    for preferred in node[_PREFERRED].objects():
        yield from within(preferred["weight"], 1, 100)
        yield from _node_term(preferred["preference"], any_value=True)
    for kind in ("podAffinity", "podAntiAffinity"):
        for term in at[kind][_REQUIRED].objects():
            yield from _pod_term(term)
        for preferred in at[kind][_PREFERRED].objects():
            yield from within(preferred["weight"], 1, 100)
            yield from _pod_term(preferred["podAffinityTerm"])


def _node_term(term: Cursor, *, any_value: bool = False) -> Iterator[FieldError]:
    """Yield what is wrong with a term; values need be no labels where the term is only preferred."""
    for item in term["matchExpressions"].objects():
        yield from expression(item, _NODE_OPERATORS, any_value=any_value)
    for item in term["matchFields"].objects():
        key, operator, values = item["key"], item["operator"], item["values"]
        if operator.text() not in {"In", "NotIn"}:
            yield unsupported(operator, ("In", "NotIn"))
        elif len(values.texts()) != 1:
            yield required(values, "must be only one value for a field", AFFINITY)
        if key.text() != "metadata.name":
            yield unsupported(key, ("metadata.name",))
        else:
            for value in values.items():
                yield from named(value, subdomain_fault)


def _pod_term(term: Cursor) -> Iterator[FieldError]:
    key = term["topologyKey"]
    if not key.text():
        yield required(key, "can not be empty")
    yield from named(key, qualified_name_fault, LABEL)
    yield from label_selector(term["labelSelector"])
    yield from label_selector(term["namespaceSelector"])
    for namespace in term["namespaces"].items():
        yield from named(namespace, dns_label_fault)
    yield from _label_keys(term)


def _label_keys(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the keys whose values are taken from the pod itself."""
    selector = at["labelSelector"]
    selected = {item["key"].text() for item in selector["matchExpressions"].objects()}
    selected |= set(selector["matchLabels"].mapping())
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = at[field]
        if keys.value and not selector:
            yield forbidden(keys, "must not be specified when labelSelector is not set")
            continue
        for key in keys.items():
            if fault := qualified_name_fault(key.text()):
                yield invalid(key, fault, LABEL)
            elif field == "matchLabelKeys" and key.text() in selected:
                yield invalid(key, "exists in both matchLabelKeys and labelSelector", CONFLICT)
            elif field == "matchLabelKeys" and key.text() in at["mismatchLabelKeys"].texts():
                yield invalid(key, "exists in both matchLabelKeys and mismatchLabelKeys", CONFLICT)


def spread_constraints(constraints: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the topology spread constraints of a pod."""
    kinds: set[tuple[str, str]] = set()
    for at in constraints.objects():
        key, action, domains = at["topologyKey"], at["whenUnsatisfiable"], at["minDomains"]
        yield from within(at["maxSkew"], 1)
        if not key.text():
            yield required(key, "can not be empty", REQUIRED)
        if action.text() not in _WHEN_UNSATISFIABLE:
            yield unsupported(action, _WHEN_UNSATISFIABLE)
        kind = key.text(), action.text()
        if kind in kinds:
            yield duplicate(at, value=f"{{{', '.join(kind)}}}")
        kinds.add(kind)
        yield from within(domains, 1)
        if domains and action.text() != "DoNotSchedule":
            yield invalid(domains, "can only be used when whenUnsatisfiable is DoNotSchedule", CONFLICT)
        for policy in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if at[policy] and at[policy].text() not in {"Honor", "Ignore"}:
                yield unsupported(at[policy], ("Honor", "Ignore"))
        yield from label_selector(at["labelSelector"])
        yield from _label_keys(at)
