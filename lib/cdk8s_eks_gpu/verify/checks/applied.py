"""The applied objects: there, equal, and none of ours left over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import KubernetesObject, path_text
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.access import is_secret
from cdk8s_eks_gpu.verify.comparison import differences
from cdk8s_eks_gpu.verify.conditions import is_deleted
from cdk8s_eks_gpu.verify.result import Result
from cdk8s_eks_gpu.verify.snapshot import DAEMON_SET, DEPLOYMENT, NODE_CLASS, NODE_POOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.verify.context import Context


_LONGEST = 80
_SHOWN = 3
_KARPENTER = (NODE_POOL, NODE_CLASS)
_CHART_KINDS = (DAEMON_SET, DEPLOYMENT)
_INSTANCE, _CHART = "app.kubernetes.io/instance", "helm.sh/chart"
_TRACKING = ("argocd.argoproj.io/tracking-id",)
_OWNERS = ("argocd.argoproj.io/instance", "kustomize.toolkit.fluxcd.io/name", "app.kubernetes.io/part-of")
_APPLY = "Apply the manifests again: kubectl apply --server-side -f dist/, or have Argo CD sync."


def check(context: Context) -> Iterator[Result]:
    """Yield what became of every applied object, and what is left over of former ones."""
    yield from _wrong_cluster(context)
    for expected in context.promise.objects:
        if expected.name and expected.kind:
            yield from _applied(context, expected)
    yield from _left_over(context)


def _wrong_cluster(context: Context) -> Iterator[Result]:
    """Yield that nothing at all is there, which mostly means that another cluster was asked."""
    asked = [
        (each.group, each.kind, each.name, each.namespace)
        for each in context.promise.objects
        if not context.promise.is_test(each) and context.snapshot.knows((each.group, each.kind))
    ]
    if len(asked) > 1 and not any(context.snapshot.find((g, kind), *named) for g, kind, *named in asked):
        message = f"None of the {len(asked)} objects is in the cluster that was asked."
        fix = "Is it the cluster of these manifests? See kubectl config current-context, or where the dumps are from."
        yield Result("applied/cluster", "Cluster", Status.FAIL, message, "none", "the cluster of the manifests", fix)


def address(manifest: KubernetesObject) -> str:
    """Return how reports call an object: KIND/NAME, or KIND/NAMESPACE/NAME."""
    namespace = f"{manifest.namespace}/" if manifest.namespace else ""
    return f"{manifest.kind}/{namespace}{manifest.name}"


def _applied(context: Context, expected: KubernetesObject) -> Iterator[Result]:
    subject, kind = address(expected), (expected.group, expected.kind)
    observed = context.snapshot.find(kind, expected.name, expected.namespace)
    is_test = context.promise.is_test(expected)
    if observed is not None:
        yield from _compared(expected, observed, subject)
    elif is_secret(expected):
        yield Result("applied/present", subject, Status.UNKNOWN, "Secrets are not read.")
    elif not context.snapshot.knows(kind):
        reason = context.snapshot.denied.get(expected.kind, "no dump has objects of the kind")
        yield Result("applied/present", subject, Status.UNKNOWN, f"Not looked at: {reason}.")
    elif is_test:
        message = "The test was not applied, or is gone."
        yield Result("applied/present", subject, Status.UNKNOWN, message, fix="kubectl apply -f dist/smoke-tests/")
    elif kind in context.snapshot.unserved:
        message = f"The cluster has no kind {expected.kind} of {expected.api_version}."
        fix = "Install the CRDs: those of Karpenter come with its chart karpenter-crd."
        yield Result("applied/present", subject, Status.FAIL, message, "no such kind", "applied", fix)
    else:
        message = "The object is not in the cluster."
        yield Result("applied/present", subject, Status.FAIL, message, "missing", "applied", _APPLY)


def _compared(expected: KubernetesObject, observed: KubernetesObject, subject: str) -> Iterator[Result]:
    if is_deleted(observed):
        holders = ", ".join(observed.cursor["metadata"]["finalizers"].texts())
        message = "The object is being deleted" + (f"; what waits: {holders}." if holders else ".")
        fix = "Let the deletion end, then apply the manifests again."
        yield Result("applied/present", subject, Status.FAIL, message, "being deleted", "applied", fix)
        return
    found = differences(expected, observed)
    if not found:
        yield Result("applied/equal", subject, Status.PASS, "There, and as applied.")
    for difference in found[:_SHOWN]:
        path = path_text(difference.path)
        more = f" ({len(found)} fields differ)" if len(found) > 1 else ""
        yield Result(
            "applied/equal",
            subject,
            Status.FAIL,
            f"{path} is not as applied{more}.",
            _text(difference.observed),
            _text(difference.expected),
            _APPLY
            if difference.expected is not None
            else f"It was added in the cluster: write it into the manifests, or {_APPLY[0].lower()}{_APPLY[1:]}",
        )


def _text(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _left_over(context: Context) -> Iterator[Result]:
    """Yield the objects that are ours and that the manifests no longer have.

    Ours have the label of this project, with the name of the cluster. What older manifests made without it stands out
    by what refers to it, by the labels of its Helm release, or by the marks of Argo CD and Flux.
    """
    promised = {((each.group, each.kind), each.namespace, each.name) for each in context.promise.objects}
    owners = _owners(context)
    classes = {each.name for each in context.promise.objects if (each.group, each.kind) == NODE_CLASS}
    clusters = {_cluster(each) for each in context.promise.objects} - {""}
    for each in context.snapshot.objects:
        kind = (each.group, each.kind)
        there = (kind, each.namespace, each.name) in promised or (kind, "", each.name) in promised
        if there or is_deleted(each) or each.cursor["metadata"]["ownerReferences"].value:
            continue
        why = ""
        if _cluster(each) in clusters:
            why = f"its label {vocabulary.CLUSTER} says that it is ours"
        elif kind in (*_KARPENTER, *_CHART_KINDS):
            why = _why_ours(each, owners, classes)
        if why:
            message = f"The manifests no longer have it: {why}."
            fix = f"Delete it, or write it back into the manifests: kubectl delete {each.kind.lower()} {each.name}"
            fix += f" --namespace {each.namespace}" if each.namespace else ""
            # Tests are applied and taken away by hand: one that is left over is no fault, and may still cost a GPU.
            status = Status.UNKNOWN if context.promise.is_test(each) else Status.FAIL
            yield Result("applied/left-over", address(each), status, message, "there", "not there", fix)
        elif kind in _KARPENTER and (context.promise.pools or classes):
            message = "It is not in the manifests; whether it was once is not known."
            yield Result("applied/left-over", address(each), Status.UNKNOWN, message)


def _cluster(manifest: KubernetesObject) -> str:
    return manifest.cursor["metadata"]["labels"][vocabulary.CLUSTER].text()


def _owners(context: Context) -> set[tuple[str, str, str]]:
    """Return the marks of the applied objects: those of a release by its namespace, those of Argo CD and Flux."""
    marks: set[tuple[str, str, str]] = set()
    for expected in context.promise.objects:
        observed = context.snapshot.find((expected.group, expected.kind), expected.name, expected.namespace)
        for each in (expected, *([observed] if observed else [])):
            marks |= _marks(each)
    return marks


def _marks(manifest: KubernetesObject) -> set[tuple[str, str, str]]:
    labels, annotations = manifest.cursor["metadata"]["labels"], manifest.cursor["metadata"]["annotations"]
    marks = {("owner", key, labels[key].text()) for key in _OWNERS if labels[key].text()}
    marks |= {("owner", key, annotations[key].text().partition(":")[0]) for key in _TRACKING if annotations[key].text()}
    if labels[_INSTANCE].text() and labels[_CHART].text():
        marks.add(("release", manifest.namespace, labels[_INSTANCE].text()))
    return marks


def _why_ours(manifest: KubernetesObject, owners: set[tuple[str, str, str]], classes: set[str]) -> str:
    variant = manifest.cursor["metadata"]["annotations"][vocabulary.VARIANT_OF].text()
    if variant:
        return f"it was made as a variant of EC2NodeClass {variant}"
    if (manifest.group, manifest.kind) == NODE_POOL:
        reference = manifest.cursor["spec"]["template"]["spec"]["nodeClassRef"]["name"].text()
        if reference in classes:
            return f"it still buys nodes with our EC2NodeClass {reference}"
    shared = sorted(_marks(manifest) & owners)
    if shared:
        what, key, value = shared[0]
        return (
            f"it is of the Helm release {value}"
            if what == "release"
            else f"its {key} is {value}, as that of the others"
        )
    return ""
