"""Instance types that a pool or pod names and the facts do not have: what labels and taints tell of them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.provisioning.offerings import OFFERING_LABELS, with_offering
from cdk8s_eks_gpu.provisioning.pod_conflicts import conflicts, ignored
from cdk8s_eks_gpu.provisioning.reasons import LabelNotDefined, LimitExceeded, NoOffering, Reasons, RequirementNotMet
from cdk8s_eks_gpu.provisioning.slips import likely_value
from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.instances import Catalogue
    from cdk8s_eks_gpu.provisioning.pod import Attempt, Pod
    from cdk8s_eks_gpu.provisioning.pool import Pool


_NAMES_TYPES = (vocabulary.INSTANCE_TYPE, vocabulary.INSTANCE_FAMILY)
_FAMILY = re.compile(r"([a-z]+)(?:-[0-9]+tb)?([0-9]+)")


def unknown_types(requirements: Requirements, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the types and families that are named, are not known, and are not ruled out by each other's names."""
    named = map(requirements.allowed, _NAMES_TYPES)
    return tuple(
        value
        for requirement in named
        if requirement.operator is Operator.IN
        for value in sorted(requirement.values - catalogue.label_values(requirement.key))
        if _ruled_out(value, requirements) is None
    )


def names_unknown(pod: Pod, catalogue: Catalogue) -> bool:
    """Return whether a pod names a type or family that is not known, and that is no slip for one that is."""
    return any(_newer(asked, catalogue) for asked in (*pod.terms, *pod.preferences))


def kept_off(pool: Pool, pod: Pod, *, is_daemon: bool) -> Mapping[str, Reasons]:
    """Return what keeps a pod off each unknown type of the pool: no reason where it may run there, as far as is known.

    That is said of the first attempt that may find a node; where none does, of what is required. Unknown types that
    only the pod names are among them where nothing that is known keeps it off. A DaemonSet's pod runs wherever one of
    the required terms holds.
    """
    if pool.switched_off_by:
        return dict.fromkeys(pool.unknown_types, (LimitExceeded(pool.switched_off_by[0], Decimal(0)),))
    if is_daemon:
        by_term = [_kept_off(pool, term, is_daemon=True) for term in pod.required]
        return {name: () if any(not each[name] for each in by_term) else why for name, why in by_term[0].items()}
    if reasons := ignored(pod, pool.instance_types.node_class_types.release):
        return dict.fromkeys(pool.unknown_types, reasons)
    attempts = [_kept_off(pool, attempt, is_daemon=False) for attempt in (*pod.attempts, pod.required[0])]
    return next((each for each in attempts if not all(each.values())), attempts[-1])


def _kept_off(pool: Pool, attempt: Attempt, *, is_daemon: bool) -> dict[str, Reasons]:
    reasons = conflicts(pool.spec, attempt, pool.instance_types.node_class_types.release)
    if is_daemon:  # it may wait for a label
        reasons = tuple(reason for reason in reasons if not isinstance(reason, LabelNotDefined))
    if reasons:
        return dict.fromkeys(pool.unknown_types, reasons)
    both = pool.spec.requirements & attempt.requirements
    if not with_offering(both, pool.instance_types.node_class_types):
        asked_of_offerings = tuple(both[key] for key in OFFERING_LABELS if key in both)
        no_offering = NoOffering(asked_of_offerings, pool.node_class.selects_reservations)
        return dict.fromkeys(pool.unknown_types, (no_offering,))
    ruled_out = {name: _ruled_out(name, both) for name in pool.unknown_types}
    if not is_daemon:
        newer = _newer(both, pool.instance_types.catalogue)
        ruled_out |= {name: None for name in newer if not {name, name.partition(".")[0]} & {*pool.unknown_types}}
    return {
        name: () if requirement is None else (RequirementNotMet(requirement),)
        for name, requirement in ruled_out.items()
    }


def _newer(requirements: Requirements, catalogue: Catalogue) -> list[str]:
    """Return the unknown types and families that are named, but for slips and for what is yet to be filled in."""
    found = []
    for name in unknown_types(requirements, catalogue):
        key = vocabulary.INSTANCE_TYPE if "." in name else vocabulary.INSTANCE_FAMILY
        if not is_placeholder(name) and likely_value(key, name, catalogue.label_values(key)) is None:
            found.append(name)
    return found


def _ruled_out(name: str, requirements: Requirements) -> Requirement | None:
    """Return the requirement that rules out a type, `p9.96xlarge`, or all of a family, `p9`, by its name."""
    if is_placeholder(name):
        return None
    for key, value in _labels(name).items():
        if value not in (requirement := requirements.allowed(key)):
            return requirement
    of_types = requirements.allowed(vocabulary.INSTANCE_TYPE)
    some = of_types.operator is not Operator.IN or any(value.startswith(f"{name}.") for value in of_types.values)
    return None if "." in name or some else of_types


def _labels(name: str) -> dict[str, str]:
    """Return the labels that Karpenter reads from the name of a type or family.

    Source: `computeRequirements` in `pkg/providers/instancetype` of aws/karpenter-provider-aws v1.14.1.
    """
    family, dot, size = name.partition(".")
    labels = {vocabulary.INSTANCE_TYPE: name} if dot else {}
    labels[vocabulary.INSTANCE_FAMILY] = family
    if dot:
        labels[vocabulary.INSTANCE_SIZE] = size
    if parts := _FAMILY.match(family):
        labels |= {vocabulary.INSTANCE_CATEGORY: parts[1], vocabulary.INSTANCE_GENERATION: parts[2]}
    return labels
