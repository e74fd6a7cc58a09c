"""Karpenter's own validation of pools and overlays (`RuntimeValidate`), and what else it cannot read at run time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.admission.rules import runtime as rules
from cdk8s_eks_gpu.admission.runtime.cron import cron_fault
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.names import label_value_fault, qualified_name_fault
from cdk8s_eks_gpu.requirements.labels import WELL_KNOWN_VALUES, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Path

# From which minor version on Karpenter compares the values of these labels with those it knows.
_VALUES_CHECKED_SINCE = {vocabulary.CAPACITY_TYPE: 5, vocabulary.INSTANCE_TENANCY: 9}
_DURATION = re.compile(r"(\d+)([smh])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LONGEST_DURATION = (2**63 - 1) // 10**9  # seconds, since Go counts nanoseconds in 64 bits


def _entries(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:  # noqa: ANN401 -- what is no list of objects is told elsewhere
    if isinstance(value, list):
        yield from ((index, item) for index, item in enumerate(value) if isinstance(item, dict))


def _texts(value: Any) -> list[str]:  # noqa: ANN401
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def broken_at_run_time(kind: str, spec: Any, minor: int) -> Iterator[Violation]:  # noqa: ANN401 -- of whatever type
    """Yield what Karpenter of the minor version will not accept in the `spec` of a NodePool or a NodeOverlay.

    What its CRDs refuse already is left out: restricted labels, unknown operators, empty values.
    """
    if not isinstance(spec, dict):
        return
    if kind == "NodeOverlay":
        yield from _requirements(spec.get("requirements"), ("spec", "requirements"), minor)
    if kind != "NodePool":
        return
    template = spec.get("template")
    template = template if isinstance(template, dict) else {}
    metadata, node = template.get("metadata"), template.get("spec")
    if isinstance(metadata, dict):
        yield from _labels(metadata.get("labels"))
    if isinstance(node, dict):
        here: Path = ("spec", "template", "spec")
        yield from _taints(node, here)
        yield from _requirements(node.get("requirements"), (*here, "requirements"), minor)
        for field in ("expireAfter", "terminationGracePeriod"):
            yield from _duration(node.get(field), (*here, field))
    disruption = spec.get("disruption")
    if isinstance(disruption, dict):
        yield from _duration(disruption.get("consolidateAfter"), ("spec", "disruption", "consolidateAfter"))
        for index, budget in _entries(disruption.get("budgets")):
            place: Path = ("spec", "disruption", "budgets", index)
            yield from _duration(budget.get("duration"), (*place, "duration"))
            schedule = budget.get("schedule")
            if isinstance(schedule, str) and (fault := cron_fault(schedule)):
                yield Violation(rules.SCHEDULE, (*place, "schedule"), f"the schedule {fault}", schedule)


def _labels(labels: Any) -> Iterator[Violation]:  # noqa: ANN401
    path: Path = ("spec", "template", "metadata", "labels")
    for key, value in labels.items() if isinstance(labels, dict) else ():
        if fault := qualified_name_fault(key):
            yield Violation(rules.LABEL_KEY, (*path, key), f"the label key {key[:80]!r} {fault}", key)
        if isinstance(value, str) and (fault := label_value_fault(value)):
            yield Violation(rules.LABEL_VALUE, (*path, key), f"the label value {value[:80]!r} {fault}", value)


def _taints(node: dict[str, Any], here: Path) -> Iterator[Violation]:
    seen: set[tuple[str, str]] = set()
    for field in ("taints", "startupTaints"):
        for index, taint in _entries(node.get(field)):
            place: Path = (*here, field, index)
            key, value, effect = taint.get("key", ""), taint.get("value"), taint.get("effect", "")
            if not isinstance(key, str) or not isinstance(effect, str):
                continue
            if fault := qualified_name_fault(key):
                yield Violation(rules.LABEL_KEY, (*place, "key"), f"the taint key {key[:80]!r} {fault}", key)
            # Karpenter reads a taint's value by the rules for keys, so a domain and '/' pass.
            if isinstance(value, str) and value and (fault := qualified_name_fault(value)):
                yield Violation(rules.TAINT_VALUE, (*place, "value"), f"the taint value {value[:80]!r} {fault}", value)
            if (key, effect) in seen:
                message = f"a second taint has key {key} and effect {effect or 'none'}"
                yield Violation(rules.DUPLICATE_TAINT, place, message, f"{key}:{effect}")
            seen.add((key, effect))


def _requirements(requirements: Any, path: Path, minor: int) -> Iterator[Violation]:  # noqa: ANN401
    for index, requirement in _entries(requirements):
        key = requirement.get("key")
        if not isinstance(key, str):
            continue
        place: Path = (*path, index)
        key = normalized(key)
        if fault := qualified_name_fault(key):
            yield Violation(rules.LABEL_KEY, (*place, "key"), f"the requirement's key {key[:80]!r} {fault}", key)
        for position, value in enumerate(_texts(requirement.get("values"))):
            if fault := label_value_fault(value):
                message = f"the value {value[:80]!r} {fault}"
                yield Violation(rules.LABEL_VALUE, (*place, "values", position), message, value)
        if minor >= _VALUES_CHECKED_SINCE.get(key, minor + 1):
            yield from _known_values(key, requirement, place)


def _known_values(key: str, requirement: dict[str, Any], place: Path) -> Iterator[Violation]:
    values = _texts(requirement.get("values"))
    if requirement.get("operator") != "In" or not values:
        return
    known = WELL_KNOWN_VALUES[key]
    good = [value for value in values if value in known]
    unknown = ", ".join(value for value in values if value not in known)
    cure = f"The values of {key} are {', '.join(sorted(known))}."
    least = requirement.get("minValues")
    if not good:
        yield Violation(rules.UNKNOWN_VALUE, (*place, "values"), f"{key} has no value {unknown}", values, cure)
    elif isinstance(least, int) and len(good) < least:
        message = f"{key} needs {least} values that it can have, and {len(good)} are given"
        yield Violation(rules.UNKNOWN_VALUE, (*place, "values"), message, values, cure)
    elif unknown:
        yield Violation(rules.PARTLY_UNKNOWN_VALUE, (*place, "values"), f"{key} has no value {unknown}", values, cure)


def _duration(value: Any, path: Path) -> Iterator[Violation]:  # noqa: ANN401
    if isinstance(value, str):
        seconds = sum(int(number[:20]) * _SECONDS[unit] for number, unit in _DURATION.findall(value[:1000]))
        if seconds > _LONGEST_DURATION:
            yield Violation(rules.DURATION, path, f"{value[:80]!r} is longer than Karpenter can read", value)
