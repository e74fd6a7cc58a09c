"""Requirements, taints and tolerations as manifests write them.

What cannot be read is left out: `admission` says of it that the API server or Karpenter refuses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import RequirementError
from cdk8s_eks_gpu.requirements.requirement import Operator, Requirement
from cdk8s_eks_gpu.requirements.requirements import Requirements
from cdk8s_eks_gpu.requirements.taints import Taint, Toleration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk8s_eks_gpu.manifests.cursor import Cursor


def read_requirement(requirement: Cursor) -> Requirement | None:
    """Return the requirement of `{key, operator, values, minValues}`, or None where there is none to read."""
    key, min_values = requirement["key"].text(), requirement["minValues"].integer()
    try:
        return Requirement.of(
            key, requirement["operator"].text(), *requirement["values"].texts(), min_values=min_values
        )
    except RequirementError:
        return None


def read_requirements(requirements: Cursor) -> Requirements:
    """Return the requirements of a list of them."""
    return Requirements(_present(read_requirement(requirement) for requirement in requirements.objects()))


def read_labels(labels: Cursor) -> Requirements:
    """Return the requirements of a mapping of labels, such as a pod's nodeSelector."""
    return Requirements(
        Requirement.of(key, Operator.IN, value.text()) for key, value in labels.entries() if value.value is not None
    )


def read_node_selector_terms(terms: Cursor) -> tuple[Requirements, ...]:
    """Return the matchExpressions of each term; one of them must hold. A term without any matches no node."""
    return tuple(
        read_requirements(term["matchExpressions"])
        for term in terms.objects()
        if term["matchExpressions"].value or term["matchFields"].value
    )


def read_taints(taints: Cursor) -> tuple[Taint, ...]:
    """Return the taints of a NodePool's template."""
    return tuple(
        Taint(taint["key"].text(), taint["effect"].text(), taint["value"].text()) for taint in taints.objects()
    )


def read_tolerations(tolerations: Cursor) -> tuple[Toleration, ...]:
    """Return the tolerations of a pod's spec."""
    return tuple(
        Toleration(
            toleration["key"].text(),
            toleration["operator"].text() or "Equal",
            toleration["value"].text(),
            toleration["effect"].text(),
        )
        for toleration in tolerations.objects()
    )


def _present(requirements: Iterable[Requirement | None]) -> Iterable[Requirement]:
    return (requirement for requirement in requirements if requirement is not None)
