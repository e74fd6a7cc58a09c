"""Jobs and CronJobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import (
    BOUNDS,
    CONFLICT,
    REFERENCE,
    core_rule,
    counts,
    duplicate,
    forbidden,
    invalid,
    one_of,
    required,
    too_many,
    within,
)
from cdk8s_eks_gpu.admission.core.labels import LABEL
from cdk8s_eks_gpu.admission.core.pods import RESTART_POLICY
from cdk8s_eks_gpu.admission.runtime.cron import cron_fault
from cdk8s_eks_gpu.names import dns_label_fault, qualified_name_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

SCHEDULE = core_rule(
    "schedule",
    "A CronJob's schedule is no cron schedule.",
    "Write minute, hour, day of month, month and day of week.",
    "concepts/workloads/controllers/cron-jobs/#schedule-syntax",
)

_COUNTS = (
    "parallelism",
    "completions",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "ttlSecondsAfterFinished",
    "activeDeadlineSeconds",
)
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_MOST_RULES, _MOST_CODES = 20, 255
_MOST_PARALLEL = 100_000  # of an indexed Job
_LONGEST_CRON_JOB = 52
_ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}\Z")


def job(spec: Cursor, name: str) -> Iterator[FieldError]:
    """Yield what is wrong with the spec of a Job, its pods left out; `name` is empty where it has none yet."""
    yield from counts(spec, *_COUNTS)
    mode, completions = spec["completionMode"], spec["completions"]
    yield from one_of(mode, "Indexed", "NonIndexed", may_be_empty=False)
    if mode.text() == "Indexed":
        yield from _indexed(spec, name)
    else:
        for field in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
            if spec[field]:
                yield invalid(spec[field], "requires indexed completion mode", CONFLICT)
    if spec["maxFailedIndexes"] and not spec["backoffLimitPerIndex"]:
        yield required(spec["backoffLimitPerIndex"], "when maxFailedIndexes is specified")
    yield from _failure_policy(spec)
    yield from _success_policy(spec, completions)
    replacement = ("Failed",) if spec["podFailurePolicy"] else ("Failed", "TerminatingOrFailed")
    yield from one_of(spec["podReplacementPolicy"], *replacement, may_be_empty=False)


def _indexed(spec: Cursor, name: str) -> Iterator[FieldError]:
    completions = spec["completions"].integer()
    if completions is None:
        yield required(spec["completions"], "when completion mode is Indexed")
        return
    yield from within(spec["parallelism"], 0, _MOST_PARALLEL)
    if (spec["maxFailedIndexes"].integer() or 0) > completions:
        yield invalid(spec["maxFailedIndexes"], "must be less than or equal to completions", BOUNDS)
    last = f"{name}-{completions - 1}"
    if name and completions > 0 and (fault := dns_label_fault(last)):
        yield invalid(spec["completions"], f"the pod's host name {last} {fault}", BOUNDS)


def _failure_policy(spec: Cursor) -> Iterator[FieldError]:
    policy = spec["podFailurePolicy"]
    if not policy:
        return
    pod = spec["template"]["spec"]
    if pod["restartPolicy"].text() == "OnFailure":
        yield invalid(pod["restartPolicy"], "must be Never when podFailurePolicy is specified", RESTART_POLICY)
    names = {
        container["name"].text() for field in ("containers", "initContainers") for container in pod[field].objects()
    }
    yield from too_many(policy["rules"], _MOST_RULES)
    for rule in policy["rules"].objects():
        if rule["action"].text() == "FailIndex" and not spec["backoffLimitPerIndex"]:
            yield invalid(rule["action"], "requires the backoffLimitPerIndex to be set", CONFLICT)
        yield from _failure_rule(rule, names)


def _failure_rule(rule: Cursor, names: set[str]) -> Iterator[FieldError]:
    action, codes, conditions = rule["action"], rule["onExitCodes"], rule["onPodConditions"]
    if not action.text():
        yield required(action)
    yield from one_of(action, *_ACTIONS)
    if bool(codes) == bool(conditions.value):
        yield invalid(rule, "must have either onExitCodes or onPodConditions", CONFLICT)
    if codes:
        yield from _exit_codes(codes, names)
    yield from too_many(conditions, _MOST_RULES)
    for condition in conditions.objects():
        if fault := qualified_name_fault(condition["type"].text()):
            yield invalid(condition["type"], fault, LABEL)
        yield from one_of(condition["status"], "False", "True", "Unknown")


def _exit_codes(codes: Cursor, names: set[str]) -> Iterator[FieldError]:
    operator, container, values = codes["operator"], codes["containerName"], codes["values"]
    if not operator.text():
        yield required(operator)
    yield from one_of(operator, "In", "NotIn")
    if container and container.text() not in names:
        yield invalid(container, "must be the name of a container of the pod", REFERENCE)
    if not values.value:
        yield invalid(values, "must have at least one value")
    yield from too_many(values, _MOST_CODES)
    numbers: list[int] = []
    for value in values.items():
        number = value.integer()
        if number is None:
            continue
        if number == 0 and operator.text() == "In":
            yield invalid(value, "must not be 0 for the In operator", BOUNDS)
        if number in numbers:
            yield duplicate(value)
        numbers.append(number)
    if numbers != sorted(numbers):
        yield invalid(values, "must be in ascending order")


def _success_policy(spec: Cursor, completions: Cursor) -> Iterator[FieldError]:
    policy = spec["successPolicy"]
    if not policy or spec["completionMode"].text() != "Indexed":
        return
    if not policy["rules"].value:
        yield required(policy["rules"], "must have at least one rule")
    yield from too_many(policy["rules"], _MOST_RULES)
    for rule in policy["rules"].objects():
        count = rule["succeededCount"]
        if not count and not rule["succeededIndexes"]:
            yield required(rule, "must have succeededCount or succeededIndexes")
        yield from within(count, 0, completions.integer())


def cron_job(manifest: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with a CronJob, its pods left out."""
    spec, name = manifest["spec"], manifest["metadata"]["name"]
    schedule = spec["schedule"]
    if not schedule.text():
        yield required(schedule)
    elif "TZ" in schedule.text():
        yield invalid(schedule, "must not have a time zone: that is said in timeZone", SCHEDULE)
    elif fault := cron_fault(schedule.text()):
        yield invalid(schedule, f"the schedule {fault}", SCHEDULE)
    yield from _time_zone(spec["timeZone"])
    yield from one_of(spec["concurrencyPolicy"], "Allow", "Forbid", "Replace")
    yield from counts(spec, "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    if len(name.text()) > _LONGEST_CRON_JOB:
        yield invalid(name, f"must have at most {_LONGEST_CRON_JOB} characters in a CronJob", BOUNDS)
    inner = spec["jobTemplate"]["spec"]
    yield from job(inner, "")
    if inner["selector"]:
        yield forbidden(inner["selector"], "is made by the CronJob")


def _time_zone(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the form of a time zone; which exist is known only to the API server."""
    parts = at.text().split("/")
    is_good = all(_ZONE_PART.match(part) and part not in {".", ".."} and part[0] != "-" for part in parts)
    if at and (not is_good or at.text().lower() == "local"):
        yield invalid(at, "must be a time zone of the IANA database, such as Asia/Seoul", SCHEDULE)
