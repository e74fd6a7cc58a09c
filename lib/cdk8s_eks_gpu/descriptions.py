"""Reasons of `provisioning` in words, those of Karpenter's events and of the kube-scheduler where they have some."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.hints import hint
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.provisioning import reasons as why
from cdk8s_eks_gpu.provisioning.slips import LikelyLabel, NoNodeClass, UnknownValue
from cdk8s_eks_gpu.quantity import format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk8s_eks_gpu.provisioning.gates import NeededGate
    from cdk8s_eks_gpu.provisioning.reasons import Reason, Reasons
    from cdk8s_eks_gpu.requirements import Requirement, Taint


_FAMILY = vocabulary.INSTANCE_FAMILY


def describe(reason: Reason) -> str:  # noqa: C901, PLR0911, PLR0912 -- one line for each kind of reason
    """Return the reason as one line: `insufficient nvidia.com/gpu: requested 4, allocatable 1`."""
    match reason:
        case why.TaintNotTolerated(taint):
            return f"did not tolerate taint {taint}"
        case why.IncompatibleRequirement(requested, existing):
            return f"incompatible requirements: {requested} not in {existing}"
        case why.LabelNotDefined(key, at_run_time=True):
            return f"label {key} does not have known values: it appears on running nodes only"
        case why.LabelNotDefined(key, meant):
            return f"label {key} does not have known values{hint(meant)}"
        case why.LabelNotSet(key):
            return _waits_for(key)
        case why.RestrictedLabel(key, meant):
            return f"label {key} is restricted: Karpenter ignores a pod that selects it{hint(meant)}"
        case why.ResourceClaims(gates) if gates:
            return (
                "pod has Dynamic Resource Allocation requirements, for which Karpenter launches nodes only with a"
                f" feature gate that is off by default: {' or '.join(gates)}"
            )
        case why.ResourceClaims():
            return "pod has Dynamic Resource Allocation requirements, which Karpenter does not support"
        case why.HostPortTaken():
            return "host port is taken by a DaemonSet"
        case why.RequirementNotMet(requirement, known=False, meant=meant):
            return f"requirement {requirement} not met: no known instance type has such a value{hint(meant)}"
        case why.RequirementNotMet(requirement):
            return f"requirement {requirement} not met"
        case why.NoOffering(requirements, meant=str(meant)):
            return f"no offering for {_both(requirements)}: no known instance type has such a value{hint(meant)}"
        case why.NoOffering(requirements, selects_reservations):
            return f"no offering for {_both(requirements)}{_missing(requirements, selects_reservations)}"
        case why.IncompatibleWithNodeClass(field):
            return f"incompatible with the node class: spec.{field}"
        case why.LimitExceeded(resource, limit):
            return f"exceeds limits {resource} {format_quantity(limit)}"
        case why.MinValuesNotMet(requirement):
            return f"minValues requirement is not met: {requirement}"
        case why.ReservedBeyondCapacity(resource):
            return f"reserved {resource} exceeds capacity"
        case why.InsufficientResource(resource, requested, overhead, allocatable):
            extra = f" and {format_quantity(overhead)} for DaemonSets" if overhead else ""
            return (
                f"insufficient {resource}: requested {format_quantity(requested)}{extra},"
                f" allocatable {format_quantity(allocatable)}"
            )


def describe_constraint(reason: Reason) -> str:
    """Return what of a pool leaves instance types out, to be followed by how many it leaves out."""
    if isinstance(reason, why.RequirementNotMet):
        return str(reason.requirement)
    if isinstance(reason, why.LimitExceeded):
        return f"limits {reason.resource} {format_quantity(reason.limit)}"
    return describe(reason)


def describe_briefly(reasons: Iterable[Reason]) -> str:
    """Return reasons as one line: of resources without the numbers, which differ from type to type; labels together."""
    labels = dict.fromkeys(each.key for each in reasons if isinstance(each, why.LabelNotSet))
    texts = []
    for each in reasons:
        match each:
            case why.InsufficientResource():
                texts.append(f"insufficient {each.resource}")
            case why.LabelNotSet():
                texts.append(_waits_for(*labels))
            case _:
                texts.append(describe(each))
    return "; ".join(dict.fromkeys(texts))


@lru_cache(maxsize=8192)  # the types of many pools share their reasons
def describe_all(reasons: Reasons) -> str:
    """Return several reasons as one line."""
    return "; ".join(map(describe, reasons))


def describe_slip(slip: UnknownValue | LikelyLabel | NoNodeClass) -> str:
    """Return what is probably a slip as a sentence."""
    if isinstance(slip, NoNodeClass):
        return f"There is no {slip.kind} {slip.name!r}{hint(slip.meant) or '.'}"
    if isinstance(slip, LikelyLabel):
        return f"{slip.key} is a label of your own{hint(slip.meant)}"
    if slip.requirement.key == vocabulary.INSTANCE_TYPE and slip.value in catalogue().label_values(_FAMILY):
        return (
            f"{slip.requirement.key}: {slip.value!r} is a family of instance types: name its types, or use {_FAMILY}."
        )
    return f"{slip.requirement.key}: no known instance type has {slip.value!r}{hint(slip.meant) or '.'}"


def describe_gate(needed: NeededGate) -> str:
    """Return that an object needs a feature gate, and what happens without it."""
    return (
        f"{needed.kind} {needed.name} needs the feature gate {needed.gate.name}, which is off by default in Karpenter"
        f" {needed.karpenter}. While it is off, {needed.use.off}."
    )


def _waits_for(*labels: str) -> str:
    plural = "s" if len(labels) > 1 else ""
    return f"waits for label{plural} {', '.join(labels)}, which nothing in the manifests sets there"


def _both(requirements: Iterable[Requirement]) -> str:
    return " and ".join(map(str, requirements))


def _missing(requirements: Iterable[Requirement], selects_reservations: bool) -> str:  # noqa: FBT001 -- a fact
    if selects_reservations or not any(
        requirement.key == vocabulary.CAPACITY_TYPE and "reserved" in requirement for requirement in requirements
    ):
        return ""
    return ": the node class selects no capacity reservation"


def tolerations_text(taints: Iterable[Taint]) -> str:
    """Return the tolerations of taints as YAML, ready to paste into the spec of a pod."""
    return f"tolerations: [{', '.join(map(toleration_text, taints))}]"


def toleration_text(taint: Taint) -> str:
    """Return the toleration of a taint as a YAML mapping on one line."""
    if taint.value:
        return f"{{key: {taint.key}, operator: Equal, value: {json.dumps(taint.value)}, effect: {taint.effect}}}"
    return f"{{key: {taint.key}, operator: Exists, effect: {taint.effect}}}"
