"""What makes pods: selectors, counts and strategies of the controllers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import (
    BOUNDS,
    CONFLICT,
    core_rule,
    counts,
    forbidden,
    invalid,
    named,
    one_of,
    required,
    within,
)
from cdk8s_eks_gpu.admission.core.labels import label_selector, labels, matches
from cdk8s_eks_gpu.admission.core.volumes import volume_claim
from cdk8s_eks_gpu.names import dns_label_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

SELECTOR = core_rule(
    "selector",
    "The selector does not match the labels of the pods that the template makes.",
    "Make what `spec.selector` asks for part of the template's labels.",
    "concepts/workloads/controllers/daemonset/#pod-selector",
)

_LARGEST_INTEGER = 2**31 - 1
_PERCENT = re.compile(r"[0-9]+%\Z")


def controller(kind: str, spec: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the spec of a DaemonSet, Deployment, ReplicaSet or StatefulSet, its pods left out."""
    yield from _selector(spec)
    yield from counts(spec, "replicas", "minReadySeconds", "revisionHistoryLimit")
    if spec["template"]["spec"]["activeDeadlineSeconds"]:
        yield forbidden(spec["template"]["spec"]["activeDeadlineSeconds"], f"may not be set in a {kind}")
    if kind == "Deployment":
        yield from _strategy(kind, spec["strategy"], "Recreate")
        deadline = spec["progressDeadlineSeconds"]
        yield from within(deadline, 0)
        if deadline.integer() is not None and deadline.value <= (spec["minReadySeconds"].integer() or 0):
            yield invalid(deadline, "must be greater than minReadySeconds", BOUNDS)
    elif kind in {"DaemonSet", "StatefulSet"}:
        yield from _strategy(kind, spec["updateStrategy"], "OnDelete")
    if kind == "StatefulSet":
        yield from one_of(spec["podManagementPolicy"], "OrderedReady", "Parallel")
        yield from within(spec["ordinals"]["start"], 0)
        yield from named(spec["serviceName"], dns_label_fault)
        for claim in spec["volumeClaimTemplates"].objects():
            yield from volume_claim(claim["spec"])
        for field in ("whenDeleted", "whenScaled"):
            yield from one_of(spec["persistentVolumeClaimRetentionPolicy"][field], "Delete", "Retain")


def _selector(spec: Cursor) -> Iterator[FieldError]:
    selector = spec["selector"]
    if not isinstance(selector.value, dict):
        return
    yield from label_selector(selector)
    if not selector["matchLabels"].value and not selector["matchExpressions"].value:
        yield invalid(selector, "must not be empty: it would select every pod", SELECTOR)
    own = spec["template"]["metadata"]["labels"]
    if not matches(selector, own.mapping()):
        yield invalid(own, "`selector` does not match template `labels`", SELECTOR)


def _strategy(kind: str, strategy: Cursor, other: str) -> Iterator[FieldError]:
    yield from one_of(strategy["type"], other, "RollingUpdate")
    rolling = strategy["rollingUpdate"]
    if not rolling:
        return
    if strategy["type"].text() == other:
        yield forbidden(rolling, f"may not be specified when `type` is '{other}'")
        return
    yield from within(rolling["partition"], 0)
    unavailable, surge = rolling["maxUnavailable"], rolling["maxSurge"]
    yield from int_or_percent(unavailable, at_most_all=True)
    yield from int_or_percent(surge, at_most_all=kind == "DaemonSet")
    if kind == "StatefulSet":
        if unavailable and _is_zero(unavailable.value):
            yield invalid(unavailable, "must not be 0", BOUNDS)
        return
    # Left out, a DaemonSet's are 1 and 0, a Deployment's 25% each.
    none_unavailable = bool(unavailable) and _is_zero(unavailable.value)
    no_surge = _is_zero(surge.value) if surge else kind == "DaemonSet"
    if none_unavailable and no_surge:
        yield invalid(unavailable, "may not be 0 when `maxSurge` is 0, since nothing could move", CONFLICT)
    elif kind == "DaemonSet" and not none_unavailable and not no_surge:
        yield invalid(surge, "may not be set when maxUnavailable is not 0", CONFLICT)


def _is_zero(value: object) -> bool:
    return value in (0, "0%", "0") and not isinstance(value, bool)


def int_or_percent(at: Cursor, *, at_most_all: bool) -> Iterator[FieldError]:
    """Yield what is wrong with a number or a percentage, which may be limited to 100%."""
    if not isinstance(at.value, str):
        yield from within(at, 0, _LARGEST_INTEGER)
    elif not _PERCENT.match(at.value):
        yield invalid(at, "must be an integer, or a percentage such as 5%")
    elif at_most_all and int(at.value[:-1][:10]) > 100:  # noqa: PLR2004
        yield invalid(at, "must not be greater than 100%", BOUNDS)


def disruption_budget(spec: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the spec of a PodDisruptionBudget."""
    least, most = spec["minAvailable"], spec["maxUnavailable"]
    if least and most:
        yield invalid(spec, "minAvailable and maxUnavailable cannot be both set", CONFLICT)
    for at in (least, most):
        yield from int_or_percent(at, at_most_all=True)
    yield from label_selector(spec["selector"])
    yield from one_of(spec["unhealthyPodEvictionPolicy"], "AlwaysAllow", "IfHealthyBudget", may_be_empty=False)


def replication_controller(spec: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the spec of a ReplicationController."""
    yield from counts(spec, "replicas", "minReadySeconds")
    selector, own = spec["selector"], spec["template"]["metadata"]["labels"]
    yield from labels(selector)
    if not selector.value and not own.value:
        yield required(selector)
    if any(own.mapping().get(key) != value for key, value in selector.mapping().items()):
        yield invalid(own, "`selector` does not match template `labels`", SELECTOR)
