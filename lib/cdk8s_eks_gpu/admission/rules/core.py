"""What an API server refuses of Kubernetes' own kinds, beyond the shape of an object."""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

_REFUSED = "The API server refuses the object, though its shape is right."


def _error(name: str, summary: str, cure: str, source: str) -> Rule:
    return Rule(f"core/{name}", Severity.ERROR, summary, _REFUSED, f"https://kubernetes.io/docs/{source}", cure)


REQUIRED = _error(
    "required", "A field must say something and is empty or missing.", "Fill it in.", "concepts/workloads/pods/"
)
NAME = _error(
    "name",
    "A name is not what Kubernetes takes here.",
    "Use lower-case letters, digits and '-', 63 at most.",
    "concepts/overview/working-with-objects/names/",
)
ENUM = _error(
    "enum", "A word is none of those that its field takes.", "Use one of the words allowed.", "concepts/workloads/"
)
BOUNDS = _error("bounds", "A number is outside its bounds.", "Stay within the bounds.", "concepts/workloads/")
DUPLICATE = _error("duplicate", "A name is there twice.", "Rename one of them.", "concepts/workloads/pods/")
REFERENCE = _error(
    "reference",
    "A name is referred to and is not there.",
    "Correct the name, or add what it names.",
    "concepts/storage/volumes/",
)
CONFLICT = _error("conflict", "Two fields contradict each other.", "Remove one of them.", "concepts/workloads/pods/")
LABEL = _error(
    "label",
    "A label key or value is not what Kubernetes takes.",
    "Use at most 63 letters, digits, '-', '_' and '.'.",
    "concepts/overview/working-with-objects/labels/",
)
SELECTOR = _error(
    "selector",
    "The selector does not match the labels of the pods that the template makes.",
    "Make `spec.selector.matchLabels` part of the template's labels.",
    "concepts/workloads/controllers/daemonset/#pod-selector",
)
RESOURCES = _error(
    "resources",
    "Requests and limits are not what Kubernetes takes.",
    "Requests stay within limits. Devices are whole numbers and stand in the limits; requests, if any, are equal.",
    "concepts/configuration/manage-resources-containers/#extended-resources",
)
TOLERATION = _error(
    "toleration",
    "A toleration contradicts itself.",
    "`Exists` takes no value; no key needs `Exists`; seconds go with NoExecute.",
    "concepts/scheduling-eviction/taint-and-toleration/",
)
AFFINITY = _error(
    "affinity",
    "An affinity term is not what Kubernetes takes.",
    "In and NotIn need values, Exists and DoesNotExist take none, Gt and Lt one whole number.",
    "concepts/scheduling-eviction/assign-pod-node/",
)
SCHEDULE = _error(
    "schedule",
    "A CronJob's schedule is no cron schedule.",
    "Write minute, hour, day of month, month and day of week.",
    "concepts/workloads/controllers/cron-jobs/#schedule-syntax",
)
RESTART_POLICY = _error(
    "restart-policy",
    "The pods of this kind cannot have this restart policy.",
    "Jobs take Never or OnFailure, the other controllers Always.",
    "concepts/workloads/pods/pod-lifecycle/#restart-policy",
)

RULES = (
    REQUIRED,
    NAME,
    ENUM,
    BOUNDS,
    DUPLICATE,
    REFERENCE,
    CONFLICT,
    LABEL,
    SELECTOR,
    RESOURCES,
    TOLERATION,
    AFFINITY,
    RESTART_POLICY,
    SCHEDULE,
)
