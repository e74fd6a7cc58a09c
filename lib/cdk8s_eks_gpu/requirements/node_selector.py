"""Requirements, taints and tolerations as manifests write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.requirements.labels import WELL_KNOWN_LABELS, WELL_KNOWN_VALUES, is_restricted, likely_meant
from cdk8s_eks_gpu.requirements.requirement import Operator, Requirement
from cdk8s_eks_gpu.requirements.requirements import Requirements
from cdk8s_eks_gpu.requirements.taints import EFFECTS, TOLERATION_OPERATORS, Taint, Toleration

if TYPE_CHECKING:
    from cdk8s_eks_gpu.manifests.field import Field


_POD_OPERATORS = (Operator.IN, Operator.NOT_IN, Operator.EXISTS, Operator.DOES_NOT_EXIST, Operator.GT, Operator.LT)


def read_requirement(field: Field) -> Requirement | None:
    """Return the requirement of `{key, operator, values, minValues}`; what is wrong with it is noted at the field."""
    key, values, min_values = field["key"].text(), field["values"].texts(), field["minValues"].integer()
    if not key:
        field["key"].refuse("a requirement needs a label key")
    operator = field["operator"]
    requirement: Requirement | None = operator.read(
        lambda: Requirement.of(key, operator.text(), *values, min_values=min_values)
    )
    if requirement is None:
        return None
    written = Operator(operator.value)
    if written is Operator.IN and not values:
        field["values"].refuse("operator In needs at least one value")
    if written in {Operator.EXISTS, Operator.DOES_NOT_EXIST} and values:
        field["values"].refuse(f"operator {written.value} takes no values")
    return requirement


def read_pool_requirement(field: Field) -> Requirement | None:
    """Return a requirement of a NodePool, where Karpenter refuses its own labels and values that cannot be."""
    requirement = read_requirement(field)
    if requirement is None:
        return None
    key, values = requirement.key, field["values"].texts()
    check_pool_label(field["key"], key)
    bound = Operator(field["operator"].value) in {Operator.GT, Operator.LT, Operator.GTE, Operator.LTE}
    if bound and values[0].startswith("-"):
        field["values"].refuse(f"{values[0]!r} is below 0, which Karpenter refuses in a NodePool")
    if requirement.operator is Operator.IN:
        known = WELL_KNOWN_VALUES.get(key, requirement.values)
        if values and not known & requirement.values:
            hint = did_you_mean(values[0], known)
            field["values"].refuse(f"none of {list(values)} is one of {', '.join(sorted(known))}{hint}")
        if requirement.min_values is not None and len(requirement) < requirement.min_values:
            field["minValues"].refuse(
                f"asks for {requirement.min_values} values, but only {len(requirement)} are given"
            )
    return requirement


def check_pool_label(field: Field, key: str) -> None:
    """Note a label key that Karpenter refuses in a NodePool."""
    if is_restricted(key):
        meant = likely_meant(key, sorted(WELL_KNOWN_LABELS))
        field.refuse(
            f"{key!r} is no label that Karpenter knows, and its domain is Karpenter's own"
            + (f"; did you mean {meant!r}?" if meant else "")
        )


def read_labels(field: Field) -> Requirements:
    """Return the requirements of a mapping of labels, such as a pod's nodeSelector."""
    return Requirements(Requirement.of(key, Operator.IN, value.text()) for key, value in field.entries())


def read_node_affinity(spec: Field) -> tuple[Requirements, ...]:
    """Return what a pod's spec asks of its node's labels: alternatives, of which one must hold.

    As in Karpenter, each alternative is the nodeSelector with one term of the required node affinity. Preferences are
    left out, since Karpenter gives them up before it leaves a pod pending, and so are matchFields.
    """
    selected = read_labels(spec["nodeSelector"])
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    if not required:
        return (selected,)
    terms = required["nodeSelectorTerms"]
    alternatives = [selected & _read_term(term) for term in terms.items()]
    if not alternatives:
        terms.refuse("a required node affinity needs at least one term")
    return tuple(alternatives) or (selected,)


def _read_term(term: Field) -> Requirements:
    if not term["matchExpressions"].value and not term["matchFields"].value:
        term.refuse("an empty term matches no node: give it matchExpressions, or remove it")
    requirements = []
    for expression in term["matchExpressions"].items():
        requirement = read_requirement(expression)
        if requirement is not None:
            requirements.append(requirement)
            if expression["operator"].value not in {operator.value for operator in _POD_OPERATORS}:
                expression["operator"].refuse(
                    f"{expression['operator'].value} is Karpenter's; a pod has only Gt and Lt"
                )
    return Requirements(requirements)


def read_taints(field: Field) -> tuple[Taint, ...]:
    """Return the taints of a NodePool's template."""
    taints = []
    for taint in field.items():
        key, effect = taint["key"], taint["effect"]
        if not key.text():
            key.refuse("a taint needs a key")
        if effect.text() not in EFFECTS:
            effect.refuse(f"{effect.text()!r} is none of {', '.join(EFFECTS)}{did_you_mean(effect.text(), EFFECTS)}")
        taints.append(Taint(key.text(), effect.text(), taint["value"].text()))
    return tuple(taints)


def read_tolerations(field: Field) -> tuple[Toleration, ...]:
    """Return the tolerations of a pod's spec."""
    tolerations = []
    for toleration in field.items():
        operator, effect, key = toleration["operator"], toleration["effect"], toleration["key"].text()
        name = operator.text() or "Equal"
        if name not in TOLERATION_OPERATORS:
            hint = did_you_mean(name, TOLERATION_OPERATORS)
            operator.refuse(f"{name!r} is none of {', '.join(TOLERATION_OPERATORS)}{hint}")
        if effect.text() not in {"", *EFFECTS}:
            effect.refuse(f"{effect.text()!r} is none of {', '.join(EFFECTS)}{did_you_mean(effect.text(), EFFECTS)}")
        if not key and name != "Exists":
            toleration["key"].refuse("a toleration without a key needs the operator Exists")
        tolerations.append(Toleration(key, name, toleration["value"].text(), effect.text()))
    return tuple(tolerations)
