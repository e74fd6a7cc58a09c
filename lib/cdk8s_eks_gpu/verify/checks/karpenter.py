"""Karpenter itself: does it run, in the version that the predictions are for, with the feature gates that they need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.provisioning.gates import gate_uses
from cdk8s_eks_gpu.releases import GateUse, incompatibility, karpenter_release, minor_of
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.result import Result
from cdk8s_eks_gpu.verify.snapshot import DEPLOYMENT, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.verify.context import Context


_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?)")
_SETTINGS = ("FEATURE_GATES", "AWS_FEATURE_GATES")
_LABEL = "app.kubernetes.io/version"


def check(context: Context) -> Iterator[Result]:
    """Yield what is known of the controller, if the manifests have pools for it."""
    if not any(pool.not_evaluated is None for pool in context.promise.pools.values()):
        return
    deployment = controller(context.snapshot)
    if deployment is None:
        known = context.snapshot.knows(DEPLOYMENT)
        message = "No Deployment of Karpenter was found." if known else "Deployments were not looked at."
        fix = "It may run elsewhere (EKS Auto Mode, Fargate under another name)."
        yield Result("karpenter/running", "Karpenter", Status.UNKNOWN, message, fix=fix)
    else:
        subject = f"Deployment/{deployment.namespace}/{deployment.name}"
        yield _running(context, deployment, subject)
        yield _version(context, deployment, subject)
        yield from _gates(context, deployment, subject)
    yield from _kubernetes(context)


def controller(snapshot: Snapshot) -> KubernetesObject | None:
    """Return the Deployment that runs Karpenter's controller, in whatever namespace."""
    for each in snapshot.of_kind(DEPLOYMENT):
        if any(re.search(r"karpenter[^:@]*/controller", image) for image in _images(each)):
            return each
    named = (each for each in snapshot.of_kind(DEPLOYMENT) if each.name == "karpenter")
    return next(named, None)


def running_version(snapshot: Snapshot) -> str:
    """Return the version of Karpenter that runs, such as `1.14.1`; empty where it is not known."""
    deployment = controller(snapshot)
    if deployment is None:
        return ""
    tags = [image.partition("@")[0].rpartition(":")[2] for image in _images(deployment)]
    texts = (*tags, deployment.cursor["metadata"]["labels"][_LABEL].text())
    return next((found[1] for text in texts if (found := _VERSION.fullmatch(text))), "")


def _images(deployment: KubernetesObject) -> list[str]:
    containers = deployment.cursor["spec"]["template"]["spec"]["containers"].objects()
    return [container["image"].text() for container in containers]


def _running(context: Context, deployment: KubernetesObject, subject: str) -> Result:
    replicas = deployment.cursor["spec"]["replicas"].integer()
    available = deployment.cursor["status"]["availableReplicas"].integer() or 0
    if available:
        return Result("karpenter/running", subject, Status.PASS, f"{available} replicas are available.")
    status = Status.FAIL if replicas == 0 else context.status_of_late(deployment)
    message = "Karpenter does not run: no replica is available, so no node is launched and no pool is reconciled."
    fix = f"kubectl logs deployment/{deployment.name} --namespace {deployment.namespace}"
    return Result("karpenter/running", subject, status, message, f"{available} of {replicas}", "1 or more", fix)


def _version(context: Context, deployment: KubernetesObject, subject: str) -> Result:
    there, assumed = running_version(context.snapshot), context.promise.karpenter
    if not there:
        message = "The image's tag does not say which version of Karpenter runs."
        shown = ", ".join(_images(deployment))
        return Result("karpenter/version", subject, Status.UNKNOWN, message, shown, assumed)
    if minor_of(there) == minor_of(assumed):
        message = f"Karpenter {there} runs; the predictions are for {minor_of(assumed)}."
        return Result("karpenter/version", subject, Status.PASS, message, there, assumed)
    message = f"Karpenter {there} runs, and the manifests and predictions are for {assumed}."
    fix = f'Set cluster.karpenterVersion: "{there}" (or --karpenter {there}) and check again, or upgrade Karpenter.'
    return Result("karpenter/version", subject, Status.FAIL, message, there, assumed, fix)


def _gates(context: Context, deployment: KubernetesObject, subject: str) -> Iterator[Result]:
    """Yield whether each gate is on that a field of the manifests needs."""
    version = running_version(context.snapshot) or context.promise.karpenter
    try:
        known = karpenter_release(version).feature_gates
    except UnknownNameError:
        known = karpenter_release(context.promise.karpenter).feature_gates
    settings = _settings(deployment)
    needed: dict[str, tuple[GateUse, KubernetesObject]] = {}
    for each in context.promise.objects:
        for use in gate_uses(each):
            needed.setdefault(use.gate, (use, each))
    for name, (use, user) in needed.items():
        gate = known.get(name)
        default = gate.default if gate is not None else False
        path = ".".join(use.path)
        if settings.get(name, default):
            message = f"Feature gate {name} is on, which {user.kind}/{user.name} needs ({path})."
            yield Result("karpenter/feature-gates", subject, Status.PASS, message, "on", "on")
        else:
            message = f"Feature gate {name} is off, and {user.kind}/{user.name} needs it ({path}): {use.off}."
            fix = (
                f"Turn it on: {gate.turned_on_by}."
                if gate is not None
                else f"Karpenter {version} has no such gate: upgrade it."
            )
            yield Result("karpenter/feature-gates", subject, Status.FAIL, message, "off", "on", fix)
    if not needed:
        message = "The manifests need no feature gate."
        yield Result("karpenter/feature-gates", subject, Status.PASS, message)


def _settings(deployment: KubernetesObject) -> Mapping[str, bool]:
    found: dict[str, bool] = {}
    for container in deployment.cursor["spec"]["template"]["spec"]["containers"].objects():
        for variable in container["env"].objects():
            if variable["name"].text() in _SETTINGS:
                pairs = (pair.partition("=") for pair in variable["value"].text().split(","))
                found |= {name.strip(): value.strip().lower() == "true" for name, _, value in pairs if name.strip()}
    return found


def _kubernetes(context: Context) -> Iterator[Result]:
    found = _VERSION.match(context.snapshot.kubernetes)
    if found is None:
        return
    there, assumed = minor_of(found[1]), context.promise.kubernetes
    karpenter = running_version(context.snapshot)
    try:
        conflict = incompatibility(karpenter, there) if karpenter and there else None
    except UnknownNameError:
        conflict = None
    if conflict:
        fix = "Upgrade Karpenter before Kubernetes."
        yield Result("karpenter/kubernetes", "Kubernetes", Status.FAIL, f"{conflict}.", there, assumed, fix)
    elif there and there != minor_of(assumed):
        message = f"Kubernetes {there} runs, and the manifests are for {assumed}."
        fix = f'Set cluster.kubernetesVersion: "{there}" (or --kubernetes {there}).'
        yield Result("karpenter/kubernetes", "Kubernetes", Status.UNKNOWN, message, there, assumed, fix)
    elif there:
        yield Result("karpenter/kubernetes", "Kubernetes", Status.PASS, f"Kubernetes {there} runs.", there, assumed)
