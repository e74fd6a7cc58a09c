"""Karpenter's own validation of pools and overlays (`RuntimeValidate`), and what else it cannot read at run time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.field_error import DUPLICATE, INVALID, UNSUPPORTED, FieldError, supported_values
from cdk8s_eks_gpu.admission.runtime.cron import cron_fault
from cdk8s_eks_gpu.admission.runtime.kubelet import kubelet_errors
from cdk8s_eks_gpu.durations import LONGEST, seconds_of
from cdk8s_eks_gpu.findings import Rule, Severity
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.names import label_value_fault, qualified_name_fault
from cdk8s_eks_gpu.requirements.labels import WELL_KNOWN_VALUES, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Cursor
    from cdk8s_eks_gpu.releases import KarpenterRelease

_VALIDATION = "https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/apis/v1/nodeclaim_validation.go"
_BUDGETS = "https://karpenter.sh/docs/concepts/disruption/#schedule"
_NOT_READY = "The API server takes the object, but Karpenter sets the pool not ready and makes no nodes from it."


def _error(name: str, summary: str, fix: str, *, why: str = _NOT_READY, source: str = _VALIDATION) -> Rule:
    return Rule(f"runtime/{name}", Severity.ERROR, summary, why, source, fix)


LABEL_KEY = _error(
    "label-key",
    "A label, taint or requirement has a key that Kubernetes does not take on a node.",
    "Use a name of at most 63 letters, digits, '-', '_' and '.', with a DNS domain and '/' before it if need be.",
)
LABEL_VALUE = _error(
    "label-value",
    "A label or requirement has a value that Kubernetes does not take on a node.",
    "Use at most 63 letters, digits, '-', '_' and '.'.",
)
TAINT_VALUE = _error(
    "taint-value",
    "A taint has a value that Kubernetes does not take on a node.",
    "Use at most 63 letters, digits, '-', '_' and '.'.",
)
DUPLICATE_TAINT = _error(
    "duplicate-taint",
    "Two taints, startup taints counted, have the same key and effect.",
    "Remove one of them: a node has each pair of key and effect once.",
)
UNKNOWN_VALUE = _error(
    "unknown-value",
    "None of the values, or fewer than `minValues` of them, are values that the label can have.",
    "Correct the values.",
)
PARTLY_UNKNOWN_VALUE = Rule(
    "runtime/partly-unknown-value",
    Severity.WARNING,
    "Some of the values are none that the label can have.",
    "Karpenter logs an error and goes on with the rest, so a slip here silently narrows the pool.",
    _VALIDATION,
    "Correct or remove those values.",
)
SCHEDULE = _error(
    "budget-schedule",
    "A disruption budget has a schedule that is no cron schedule.",
    "Write minute, hour, day of month, month and day of week, or @daily and the like; the time zone is UTC.",
    why="Karpenter cannot tell when the budget is in force, and then disrupts no node of the pool.",
    source=_BUDGETS,
)
_NOT_READ = "Karpenter fails to read the object at all, and with it the list of all objects of the kind."
DURATION = _error(
    "duration",
    "A duration is longer than Karpenter can read: about 292 years.",
    "Write a shorter one, or Never where that is allowed.",
    why=_NOT_READ,
    source="https://pkg.go.dev/time#ParseDuration",
)
QUANTITY = _error(
    "quantity",
    "A quantity has an exponent that is no whole number: the pattern of the CRD takes it, Karpenter does not.",
    "Write the number with a unit: 500m, 64, 16Gi.",
    why=_NOT_READ,
    source="https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#ParseQuantity",
)
_FRACTIONAL_EXPONENT = re.compile(r"[-+]?[0-9.]+[eE][-+]?([0-9]+\.[0-9]*|\.[0-9]+)", re.ASCII)


def runtime_errors(kind: str, spec: Cursor, release: KarpenterRelease) -> Iterator[FieldError]:
    """Yield what the Karpenter release will not accept in the `spec` of an object of one of its kinds.

    What its CRDs refuse already is left out: restricted labels, unknown operators, empty values.
    """
    if kind == "EC2NodeClass":
        yield from kubelet_errors(spec, release)
    if kind == "NodeOverlay":
        yield from _requirements(spec["requirements"], release)
        yield from _quantities(spec["capacity"])
    if kind != "NodePool":
        return
    template = spec["template"]
    node = template["spec"]
    yield from _labels(template["metadata"]["labels"])
    yield from _taints(node)
    yield from _requirements(node["requirements"], release)
    yield from _quantities(spec["limits"])
    disruption = spec["disruption"]
    for duration in (node["expireAfter"], node["terminationGracePeriod"], disruption["consolidateAfter"]):
        yield from _duration(duration)
    for budget in disruption["budgets"].objects():
        yield from _duration(budget["duration"])
        schedule = budget["schedule"]
        if schedule.text() and (fault := cron_fault(schedule.text())):
            yield FieldError(SCHEDULE, schedule.path, INVALID, schedule.value, f"the schedule {fault}")


def _labels(labels: Cursor) -> Iterator[FieldError]:
    for key, value in labels.entries():
        if fault := qualified_name_fault(key):
            yield FieldError(LABEL_KEY, value.path, INVALID, key, f"the key {fault}")
        if fault := label_value_fault(value.text()):
            yield FieldError(LABEL_VALUE, value.path, INVALID, value.value, f"the value {fault}")


def _taints(node: Cursor) -> Iterator[FieldError]:
    taints: set[tuple[str, str]] = set()
    for taint in (*node["taints"].objects(), *node["startupTaints"].objects()):
        key, value, effect = taint["key"], taint["value"], taint["effect"].text()
        if fault := qualified_name_fault(key.text()):
            yield FieldError(LABEL_KEY, key.path, INVALID, key.text(), f"the key {fault}")
        # Karpenter reads a taint's value by the rules for keys, so a domain and '/' pass.
        if value.text() and (fault := qualified_name_fault(value.text())):
            yield FieldError(TAINT_VALUE, value.path, INVALID, value.value, fault)
        identity = key.text(), effect
        if identity in taints:
            yield FieldError(DUPLICATE_TAINT, taint.path, DUPLICATE, ":".join(identity))
        taints.add(identity)


def _requirements(requirements: Cursor, release: KarpenterRelease) -> Iterator[FieldError]:
    for requirement in requirements.objects():
        at = requirement["key"]
        if not isinstance(at.value, str):
            continue
        key = normalized(at.value)
        if fault := qualified_name_fault(key):
            yield FieldError(LABEL_KEY, at.path, INVALID, key, f"the key {fault}")
        for value in requirement["values"].items():
            if fault := label_value_fault(value.text()):
                yield FieldError(LABEL_VALUE, value.path, INVALID, value.value, f"the value {fault}")
        if key in release.labels_with_checked_values:
            yield from _known_values(key, requirement)


def _known_values(key: str, requirement: Cursor) -> Iterator[FieldError]:
    at = requirement["values"]
    values = at.texts()
    if requirement["operator"].text() != "In" or not values:
        return
    known = WELL_KNOWN_VALUES[key]
    good = [value for value in values if value in known]
    unknown = ", ".join(value for value in values if value not in known)
    supported = supported_values(sorted(known))
    likely = closest(next((value for value in values if value not in known), ""), known)
    fix = f"Did you mean {likely}?" if likely else None
    least = requirement["minValues"].integer()
    if not good:
        yield FieldError(UNKNOWN_VALUE, at.path, UNSUPPORTED, unknown, supported, fix)
    elif least is not None and len(good) < least:
        detail = f"minValues is {least}, and {len(good)} of the values are supported; {supported}"
        yield FieldError(UNKNOWN_VALUE, at.path, INVALID, at.value, detail, fix)
    elif unknown:
        yield FieldError(PARTLY_UNKNOWN_VALUE, at.path, UNSUPPORTED, unknown, supported, fix)


def _duration(at: Cursor) -> Iterator[FieldError]:
    if (seconds_of(at.text()) or 0) > LONGEST:
        yield FieldError(DURATION, at.path, INVALID, at.value, "must be at most about 292 years")


def _quantities(amounts: Cursor) -> Iterator[FieldError]:
    for _, amount in amounts.entries():
        if _FRACTIONAL_EXPONENT.fullmatch(amount.text()):
            yield FieldError(QUANTITY, amount.path, INVALID, amount.value, "must have a whole number as exponent")
