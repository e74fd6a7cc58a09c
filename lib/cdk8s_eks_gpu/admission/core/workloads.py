"""What makes pods: their selectors, counts and strategies; and the few other kinds that a GPU stack brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.core.pods import pod
from cdk8s_eks_gpu.admission.core.reading import at_least, entries, fields, label_selector, labels, one_of
from cdk8s_eks_gpu.admission.rules import core as rules
from cdk8s_eks_gpu.admission.runtime.cron import cron_fault
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.provisioning.workload import pod_spec_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject, Path

_ANY = ("Always", "OnFailure", "Never")
_POLICIES = {
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"), ("Always",)),
    **dict.fromkeys(("CronJob", "Job"), ("Never", "OnFailure")),
}
_SELECTING = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"})
_SPEC: Path = ("spec",)


def violations(judged: KubernetesObject) -> Iterator[Violation]:
    """Yield what an API server refuses of an object of Kubernetes' own, beyond its shape."""
    spec = fields(judged.data.get("spec"))
    templates = entries(spec.get("volumeClaimTemplates"), ()) if judged.kind == "StatefulSet" else ()
    claims = frozenset(str(fields(template.get("metadata")).get("name")) for _, template in templates)
    for path in pod_spec_paths(judged.data):
        pod_spec = judged.get(*path)
        if isinstance(pod_spec, dict):
            yield from pod(pod_spec, path, _POLICIES.get(judged.kind, _ANY), claims)
            template = fields(judged.get(*path[:-1], "metadata")) if judged.kind != "Pod" else {}
            yield from labels(template.get("labels"), (*path[:-1], "metadata", "labels"))
    if judged.kind in _SELECTING:
        yield from _selector(spec)
    yield from _numbers(judged.kind, spec)
    check = _OTHERS.get(judged.kind)
    if check is not None:
        yield from check(judged, spec)


def _selector(spec: dict[str, Any]) -> Iterator[Violation]:
    selector = spec.get("selector")
    if not isinstance(selector, dict):
        return
    yield from label_selector(selector, (*_SPEC, "selector"))
    wanted = fields(selector.get("matchLabels"))
    if not wanted and not selector.get("matchExpressions"):
        yield Violation(rules.SELECTOR, (*_SPEC, "selector"), "selector is empty and would select every pod")
    made = fields(fields(fields(spec.get("template")).get("metadata")).get("labels"))
    if any(made.get(key) != value for key, value in wanted.items()):
        path = (*_SPEC, "template", "metadata", "labels")
        yield Violation(rules.SELECTOR, path, "labels of the template are not those that the selector asks for")


def _numbers(kind: str, spec: dict[str, Any]) -> Iterator[Violation]:
    job = fields(fields(spec.get("jobTemplate")).get("spec")) if kind == "CronJob" else spec
    path: Path = ("spec", "jobTemplate", "spec") if kind == "CronJob" else _SPEC
    for field in ("replicas", "minReadySeconds", "revisionHistoryLimit"):
        yield from at_least(spec, field, _SPEC, 0)
    if kind in {"Job", "CronJob"}:
        for field in ("parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished", "activeDeadlineSeconds"):
            yield from at_least(job, field, path, 0)
        yield from one_of(job, "completionMode", path, ("NonIndexed", "Indexed"))
    strategies = {"Deployment": ("strategy", "Recreate"), "DaemonSet": ("updateStrategy", "OnDelete")}
    strategies["StatefulSet"] = strategies["DaemonSet"]
    if kind in strategies:
        field, other = strategies[kind]
        strategy = fields(spec.get(field))
        yield from one_of(strategy, "type", (*_SPEC, field), (other, "RollingUpdate"))
        if strategy.get("type") == other and strategy.get("rollingUpdate") is not None:
            message = f"rollingUpdate is given, and the type is {other}"
            yield Violation(rules.CONFLICT, (*_SPEC, field, "rollingUpdate"), message)
        rolling = fields(strategy.get("rollingUpdate"))
        if kind != "StatefulSet" and _is_zero(rolling.get("maxUnavailable")) and _is_zero(rolling.get("maxSurge")):
            path = (*_SPEC, field, "rollingUpdate", "maxUnavailable")
            yield Violation(rules.CONFLICT, path, "maxUnavailable and maxSurge are both 0, so nothing could move")


def _is_zero(value: object) -> bool:
    return value in (0, "0%", "0") and not isinstance(value, bool)


def _cron_job(_: KubernetesObject, spec: dict[str, Any]) -> Iterator[Violation]:
    schedule = spec.get("schedule")
    if isinstance(schedule, str) and (fault := cron_fault(schedule)):
        yield Violation(rules.SCHEDULE, (*_SPEC, "schedule"), f"the schedule {fault}", schedule)
    yield from one_of(spec, "concurrencyPolicy", _SPEC, ("Allow", "Forbid", "Replace"))


def _service(_: KubernetesObject, spec: dict[str, Any]) -> Iterator[Violation]:
    yield from one_of(spec, "type", _SPEC, ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"))
    yield from labels(spec.get("selector"), (*_SPEC, "selector"))
    ports = list(entries(spec.get("ports"), (*_SPEC, "ports")))
    if not ports and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield Violation(rules.REQUIRED, (*_SPEC, "ports"), "ports is empty")
    seen: set[object] = set()
    for path, port in ports:
        yield from at_least(port, "port", path, 1, 65535)
        yield from one_of(port, "protocol", path, ("TCP", "UDP", "SCTP"))
        name = port.get("name") or ""
        if not name and len(ports) > 1:
            yield Violation(rules.REQUIRED, (*path, "name"), "name is missing, and there are several ports")
        elif name and name in seen:
            yield Violation(rules.DUPLICATE, (*path, "name"), f"name {name!r} is there already", name)
        seen.add(name)


def _keys(judged: KubernetesObject, _: dict[str, Any]) -> Iterator[Violation]:
    for field in ("data", "binaryData", "stringData"):
        for key in fields(judged.data.get(field)):
            # As a file name: letters, digits, '-', '_' and '.', and neither '.' nor '..'.
            plain = key.replace("-", "").replace("_", "").replace(".", "")
            if (plain and not (plain.isascii() and plain.isalnum())) or not key or key in {".", ".."}:
                message = f"the key {key[:80]!r} may have letters, digits, '-', '_' and '.' only"
                yield Violation(rules.NAME, (field,), message, key)


def _binding(judged: KubernetesObject, _: dict[str, Any]) -> Iterator[Violation]:
    kinds = ("ClusterRole",) if judged.kind == "ClusterRoleBinding" else ("ClusterRole", "Role")
    reference = fields(judged.data.get("roleRef"))
    yield from one_of(reference, "kind", ("roleRef",), kinds)
    if reference.get("name") == "":
        yield Violation(rules.REQUIRED, ("roleRef", "name"), "name is empty")
    for path, subject in entries(judged.data.get("subjects"), ("subjects",)):
        yield from one_of(subject, "kind", path, ("Group", "ServiceAccount", "User"))
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
            yield Violation(rules.REQUIRED, (*path, "namespace"), "namespace is missing, and a ServiceAccount has one")


def _role(judged: KubernetesObject, _: dict[str, Any]) -> Iterator[Violation]:
    for path, rule in entries(judged.data.get("rules"), ("rules",)):
        if rule.get("verbs") == []:
            yield Violation(rules.REQUIRED, (*path, "verbs"), "verbs is empty")
        if not rule.get("resources") and not rule.get("nonResourceURLs"):
            yield Violation(rules.REQUIRED, (*path, "resources"), "resources is empty")
        elif rule.get("resources") and not rule.get("apiGroups"):
            yield Violation(rules.REQUIRED, (*path, "apiGroups"), 'apiGroups is empty; the core group is ""')


_OTHERS = {
    "ClusterRole": _role,
    "ClusterRoleBinding": _binding,
    "ConfigMap": _keys,
    "CronJob": _cron_job,
    "Role": _role,
    "RoleBinding": _binding,
    "Secret": _keys,
    "Service": _service,
}
