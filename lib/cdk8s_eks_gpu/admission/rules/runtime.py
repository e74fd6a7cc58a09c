"""What Karpenter checks when it runs, after the API server has taken the object."""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

_VALIDATION = "https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/apis/v1/nodeclaim_validation.go"
_BUDGETS = "https://karpenter.sh/docs/concepts/disruption/#schedule"
_NOT_READY = "The API server takes the object, but Karpenter sets the pool not ready and makes no nodes from it."


def _error(name: str, summary: str, cure: str, *, why: str = _NOT_READY, source: str = _VALIDATION) -> Rule:
    return Rule(f"runtime/{name}", Severity.ERROR, summary, why, source, cure)


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
    "Karpenter logs an error and goes on with the rest, so a slip here narrows the pool without a word.",
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
DURATION = _error(
    "duration",
    "A duration is longer than Karpenter can read: about 292 years.",
    "Write a shorter one, or Never where that is allowed.",
    why="Karpenter fails to read the object at all, and with it the list of all objects of the kind.",
    source="https://pkg.go.dev/time#ParseDuration",
)

RULES = (
    LABEL_KEY,
    LABEL_VALUE,
    TAINT_VALUE,
    DUPLICATE_TAINT,
    UNKNOWN_VALUE,
    PARTLY_UNKNOWN_VALUE,
    SCHEDULE,
    DURATION,
)
