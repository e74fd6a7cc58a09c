"""The conditions of node pools, node classes, node claims and node overlays, with their reasons explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.conditions import Condition, age, conditions, is_deleted
from cdk8s_eks_gpu.verify.context import PATIENCE, Context
from cdk8s_eks_gpu.verify.reasons import Explanation, explanation
from cdk8s_eks_gpu.verify.result import Result
from cdk8s_eks_gpu.verify.snapshot import NODE, NODE_CLAIM, NODE_CLASS, NODE_OVERLAY, NODE_POOL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.verify.events import Event


_HEALTHY = "NodeRegistrationHealthy"
# Conditions that are no step on the way to a node that serves pods; they are absent until there is something to say.
_BESIDE = {
    "Consolidatable",
    "Drifted",
    "Drained",
    "VolumesDetached",
    "InstanceTerminating",
    "DisruptionReason",
    "Empty",
}
_CONSISTENT = "ConsistentStateFound"
_STEPS = ("Launched", "Registered", "Initialized")
_NO_STATUS = "Karpenter has not looked at it: is the controller running, and of a version that knows the object?"


def check(context: Context) -> Iterator[Result]:
    """Yield how Karpenter sees each promised pool, class and overlay, and the claims of the pools."""
    for kind in (NODE_POOL, NODE_CLASS, NODE_OVERLAY):
        for expected in context.promise.cluster.of_kind(*kind):
            observed = context.snapshot.find(kind, expected.name)
            if observed is not None and not is_deleted(observed):
                yield from _object(context, observed)
                yield from _warnings(context, observed)
    for claim in context.snapshot.of_kind(NODE_CLAIM):
        pool = claim.cursor["metadata"]["labels"][vocabulary.NODE_POOL].text()
        if pool in context.promise.pools and not is_deleted(claim):
            yield from _claim(context, claim)
    yield from _gone_claims(context)


def _object(context: Context, manifest: KubernetesObject) -> Iterator[Result]:
    subject = f"{manifest.kind}/{manifest.name}"
    found = conditions(manifest)
    if not found:
        status = context.status_of_late(manifest)
        yield Result("conditions/ready", subject, status, "It has no conditions.", "none", "Ready True", _NO_STATUS)
        return
    generation = manifest.cursor["metadata"]["generation"].integer()
    bad = [each for each in found.values() if each.type != "Ready" and _is_bad(each)]
    causes = [each for each in bad if not _known(each).is_consequence] or bad
    ready = found.get("Ready")
    if not causes and ready is not None and not ready.holds:
        causes = [ready]
    for condition in causes:
        yield _result(context, subject, condition)
    observed = max((each.generation for each in found.values() if each.generation is not None), default=None)
    if not causes and generation is not None and observed is not None and observed < generation:
        message = "Karpenter has not looked at the newest version of the object."
        yield Result(
            "conditions/ready", subject, Status.WAITING, message, f"generation {observed}", f"generation {generation}"
        )
    elif not causes:
        yield Result("conditions/ready", subject, Status.PASS, "Ready.")


def _is_bad(condition: Condition) -> bool:
    if condition.type in _BESIDE:
        return False
    # The health of a pool is unknown until it has launched nodes.
    return not condition.holds and not (condition.type == _HEALTHY and condition.status == "Unknown")


def _known(condition: Condition) -> Explanation:
    return explanation(condition.reason) or Explanation("", "")


def _result(context: Context, subject: str, condition: Condition) -> Result:
    known = _known(condition)
    meaning = known.meaning or condition.message or "Karpenter gives no reason that is known here"
    said = f" Karpenter says: {condition.message}." if condition.message and known.meaning else ""
    message = f"{meaning[:1].upper()}{meaning[1:]}.{said}".replace("..", ".")
    fix = known.fix if known.meaning else f"kubectl describe {subject.lower()}, and see the controller's log."
    return Result(
        "conditions/ready",
        subject,
        _status(context, condition),
        message,
        str(condition),
        f"{condition.type} True",
        fix,
    )


def _status(context: Context, condition: Condition) -> Status:
    if condition.status == "False":
        return Status.FAIL
    known = explanation(condition.reason)
    too_old = condition.since is not None and context.snapshot.now - condition.since >= PATIENCE
    return Status.FAIL if too_old or (known is not None and known.is_final) else Status.WAITING


def _claim(context: Context, claim: KubernetesObject) -> Iterator[Result]:
    subject = f"NodeClaim/{claim.name}"
    found = conditions(claim)
    step = next((name for name in _STEPS if name not in found or not found[name].holds), None)
    if step is None and _CONSISTENT in found and not found[_CONSISTENT].holds:
        step = _CONSISTENT
    if step is not None and step in found and found[step].status:
        yield _step(context, subject, claim, found[step], found)
    elif step is not None:
        status = context.status_of_late(claim)
        message = f"The node is not {step.lower()} yet."
        yield Result("conditions/node-claim", subject, status, message, "not said", f"{step} True", _NO_STATUS)
    elif _node_is_gone(context, claim):
        name = claim.cursor["status"]["nodeName"].text()
        message = f"Its node {name} is not in the cluster any more, though it was initialized."
        fix = "Karpenter takes the NodeClaim away when the instance is gone; if it does not: kubectl delete nodeclaim."
        yield Result("conditions/node-claim", subject, Status.FAIL, message, "no node", name, fix)
    else:
        yield Result("conditions/node-claim", subject, Status.PASS, "Launched, registered and initialized.")
    for event in context.events.warnings("NodeClaim", claim.name):
        yield from _event(subject, event, found)


def _node_is_gone(context: Context, claim: KubernetesObject) -> bool:
    name = claim.cursor["status"]["nodeName"].text()
    return bool(name) and context.snapshot.knows(NODE) and context.snapshot.find(NODE, name) is None


def _step(
    context: Context,
    subject: str,
    claim: KubernetesObject,
    condition: Condition,
    found: Mapping[str, Condition],
) -> Result:
    result = _result(context, subject, condition)
    before = found.get("Registered" if condition.type == "Initialized" else "Launched")
    # The condition may have been Unknown from the first moment: what counts is how long the step may have taken.
    began = before.since if before is not None and before.type != condition.type else None
    late = began is not None and context.snapshot.now - began >= PATIENCE
    old = age(claim, context.snapshot.now) >= PATIENCE and began is None
    status = Status.FAIL if result.status is Status.FAIL or late or old else Status.WAITING
    return replace(result, check="conditions/node-claim", status=status)


def _event(subject: str, event: Event, found: Mapping[str, Condition]) -> Iterator[Result]:
    """Yield what an event says beyond the conditions."""
    known = explanation(event.reason)
    if known is None or event.by not in {"karpenter", ""}:
        return
    if any(condition.reason == event.reason and not condition.holds for condition in found.values()):
        return
    launched = found.get("Launched")
    if event.reason in {"InsufficientCapacityError", "NodeClassNotReady"} and launched is not None and launched.holds:
        return  # a later attempt was successful
    status = Status.FAIL if known.is_final else Status.WAITING
    message = f"{known.meaning[:1].upper()}{known.meaning[1:]}."
    yield Result("conditions/events", subject, status, message, str(event), "", known.fix)


def _warnings(context: Context, manifest: KubernetesObject) -> Iterator[Result]:
    found = conditions(manifest)
    for event in context.events.warnings(manifest.kind, manifest.name):
        if event.reason in {"NoCompatibleInstanceTypes", "NodeRepairBlocked", "ZonalShiftActive"}:
            yield from _event(f"{manifest.kind}/{manifest.name}", event, found)


def _gone_claims(context: Context) -> Iterator[Result]:
    """Yield why nodes could not be launched, of NodeClaims that Karpenter has deleted for that and tries again.

    Only pools that have no node now are concerned: elsewhere a later attempt was successful.
    """
    there = {claim.name for claim in context.snapshot.of_kind(NODE_CLAIM)}
    served = {node.pool.name for node in context.nodes}
    newest: dict[tuple[str, str], Event] = {}
    for event in context.events.of_kind("NodeClaim"):
        pool = event.about[2].rpartition("-")[0]
        if event.is_warning and event.about[2] not in there and pool in context.promise.pools.keys() - served:
            key = (pool, event.reason)
            if key not in newest or newest[key].time < event.time:
                newest[key] = event
    for (pool, _), event in sorted(newest.items()):
        yield from _event(f"NodePool/{pool}", event, {})
