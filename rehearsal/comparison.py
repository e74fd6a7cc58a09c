"""A prediction against what the real one did."""

from __future__ import annotations

from http.client import CREATED, FORBIDDEN
from typing import TYPE_CHECKING, Any

from rehearsal import predictions
from rehearsal.launches import EVERY_TYPE
from rehearsal.nodes import INSUFFICIENT, NOT_WANTED, PORTS, SELECTOR, TAINT
from rehearsal.versions import KUBERNETES, minor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rehearsal.api import Manifest
    from rehearsal.cases.case import Case
    from rehearsal.launches import Outcome
    from rehearsal.nodes import Question
    from rehearsal.scheduling import Answers

REFUSED = {"refused", "not-ready"}
SERVER = {"schema", "cel", "core", "manifest"}
"""The groups of rules that say what the API server refuses."""


def disagreements(
    played: Iterable[tuple[Case, Outcome]], offered: set[str], karpenter: str, kubernetes: str
) -> dict[str, str]:
    """Return for each case how the prediction differs from the launch; an empty text where it does not.

    They agree when both name the same types, when both say that there are none, and when what was refused is an error
    of the preflight. Where Karpenter cut its list, or EC2 was asked for the part of it that is not dear, as for static
    pools, the prediction has to have all that is in it.
    """
    played = list(played)
    asked = [case for case, outcome in played if outcome.reason not in REFUSED]
    predicted = predictions.fitting_types(asked, offered, karpenter, kubernetes)
    differences = {}
    for case, outcome in played:
        if outcome.reason in REFUSED:
            found = predictions.errors(case.manifests, karpenter, kubernetes)
            differences[case.name] = "" if found else f"{outcome.reason}, and the preflight finds no error"
        else:
            differences[case.name] = _disagreement(case, outcome, predicted[case.name])
    return differences


def _disagreement(case: Case, outcome: Outcome, predicted: dict[str, set[str]]) -> str:
    fit = predicted.get(outcome.pool, set()) if outcome.pool else set().union(*predicted.values())
    real = set(outcome.types)
    static = not case.of_kind("Pod")
    if fit == real or (real and real < fit and (static or len(real) == EVERY_TYPE)):
        return ""
    return f"Karpenter {_few(real)}, predicted {_few(fit)}: {_difference(real, fit)}"


def admission_disagreement(manifest: Manifest, verdict: list[Any], karpenter: str) -> str:
    """Return how the preflight's verdict on one object differs from the API server's; an empty text when it does not.

    A 403 is about what is in the cluster, not about the object. What Karpenter or a kubelet refuse later (the groups
    other than SERVER) may well be an error where the server accepts.
    """
    status, *fields = verdict
    if status == FORBIDDEN:
        return ""
    kubernetes = minor(KUBERNETES)
    try:
        found = predictions.admission_errors(manifest, karpenter, kubernetes)
    except Exception as error:  # noqa: BLE001 - a crash is a disagreement like any other
        return f"{type(error).__name__}: {error}"
    if status == CREATED:
        early = [(rule, path) for rule, path in found if rule.partition("/")[0] in SERVER]
        return f"accepted, predicted {early[0][0]} at {early[0][1]}" if early else ""
    found = found or predictions.errors([manifest], karpenter, kubernetes)
    return "" if found else f"refused with {status} {' '.join(fields)}, predicted to pass"


def placement_disagreements(question: Question, start: Answers, end: Answers) -> Iterator[str]:
    """Yield how the predictions for a node differ from what became of its workloads.

    DaemonSets that do not fit together are each predicted not to fit. Which of them comes first is chance; then any
    part of what is said to be insufficient will do, for them and for the pod.
    """
    for when, predicted, answers in (("at first", question.start, start), ("in the end", question.end, end)):
        crowded = any(name.startswith("DaemonSet/") and _lacking(why) for name, why in answers.items())
        for workload, why in answers.items():
            expected = predicted[workload]
            some = crowded and _lacking(expected) and {*why} <= {*expected}
            if not some and why != _by_first_filter(expected):
                yield f"{workload} {when}: {_outcome(why)}, predicted {_outcome(expected)}"


def _by_first_filter(predicted: list[str]) -> list[str]:
    """Return the reasons of the scheduler's first filter that fails: it names no other."""
    return next(([reason] for reason in (NOT_WANTED, TAINT, SELECTOR, PORTS) if reason in predicted), predicted)


def _lacking(why: list[str]) -> bool:
    return any(reason.startswith(INSUFFICIENT) for reason in why)


def _outcome(why: list[str]) -> str:
    return " and ".join(why) or "runs"


def _few(types: set[str]) -> str:
    return f"{len(types)} types" if types else "none"


def _difference(real: set[str], predicted: set[str]) -> str:
    missing, surplus = sorted(real - predicted), sorted(predicted - real)
    parts = [
        f"missing {' '.join(missing[:4])}" if missing else "",
        f"surplus {' '.join(surplus[:4])}" if surplus else "",
    ]
    return "; ".join(part for part in parts if part)
