"""A pod's spec: volumes, scheduling, and what depends on the kind that makes the pod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.core.containers import containers
from cdk8s_eks_gpu.admission.core.reading import (
    at_least,
    entries,
    expression,
    fields,
    label_selector,
    labels,
    named,
    one_of,
)
from cdk8s_eks_gpu.admission.rules import core as rules
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.names import label_value_fault, qualified_name_fault, subdomain_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Path

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_HOST_PATHS = (
    "DirectoryOrCreate",
    "Directory",
    "FileOrCreate",
    "File",
    "Socket",
    "CharDevice",
    "BlockDevice",
)
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def pod(
    spec: dict[str, Any], path: Path, policies: tuple[str, ...], claims: frozenset[str] = frozenset()
) -> Iterator[Violation]:
    """Yield what is wrong with a pod's spec.

    `policies` are the restart policies that its maker allows, `claims` the volumes that its maker adds.
    """
    yield from containers(spec, path, claims)
    yield from _volumes(spec, path)
    policy = spec.get("restartPolicy")
    default = "Always"
    if isinstance(policy, str | None) and (policy or default) not in policies:
        message = f"restartPolicy is {policy or default!r}, and must be {' or '.join(policies)} here"
        yield Violation(rules.RESTART_POLICY, (*path, "restartPolicy"), message, policy)
    yield from one_of(spec, "dnsPolicy", path, ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"))
    yield from at_least(spec, "terminationGracePeriodSeconds", path, 0)
    yield from at_least(spec, "activeDeadlineSeconds", path, 1)
    for field in ("serviceAccountName", "priorityClassName", "nodeName", "runtimeClassName"):
        name = spec.get(field)
        if isinstance(name, str) and name and (fault := subdomain_fault(name)):
            yield Violation(rules.NAME, (*path, field), f"{field} {name[:80]!r} {fault}", name)
    yield from labels(spec.get("nodeSelector"), (*path, "nodeSelector"))
    for place, toleration in entries(spec.get("tolerations"), (*path, "tolerations")):
        yield from _toleration(toleration, place)
    yield from _affinity(fields(spec.get("affinity")), (*path, "affinity"))
    for place, spread in entries(spec.get("topologySpreadConstraints"), (*path, "topologySpreadConstraints")):
        yield from at_least(spread, "maxSkew", place, 1)
        yield from one_of(spread, "whenUnsatisfiable", place, ("DoNotSchedule", "ScheduleAnyway"))
        yield from label_selector(spread.get("labelSelector"), (*place, "labelSelector"))


def _volumes(spec: dict[str, Any], path: Path) -> Iterator[Violation]:
    names: set[str] = set()
    for place, volume in entries(spec.get("volumes"), (*path, "volumes")):
        yield from named(volume, place, names)
        sources = [key for key, value in volume.items() if key != "name" and value is not None]
        if len(sources) > 1:
            yield Violation(rules.CONFLICT, place, f"a volume has one source, and this one has {', '.join(sources)}")
        host = fields(volume.get("hostPath"))
        yield from one_of(host, "type", (*place, "hostPath"), _HOST_PATHS)
        if host.get("path") == "":
            yield Violation(rules.REQUIRED, (*place, "hostPath", "path"), "path is empty")


def _toleration(toleration: dict[str, Any], path: Path) -> Iterator[Violation]:
    key, value = toleration.get("key") or "", toleration.get("value") or ""
    operator, effect = toleration.get("operator") or "Equal", toleration.get("effect") or ""
    yield from one_of(toleration, "operator", path, ("Equal", "Exists"))
    yield from one_of(toleration, "effect", path, _EFFECTS)
    if isinstance(key, str) and key and (fault := qualified_name_fault(key)):
        yield Violation(rules.LABEL, (*path, "key"), f"the key {key[:80]!r} {fault}", key)
    if isinstance(value, str) and value and (fault := label_value_fault(value)):
        yield Violation(rules.LABEL, (*path, "value"), f"the value {value[:80]!r} {fault}", value)
    if not key and operator != "Exists":
        yield Violation(
            rules.TOLERATION, (*path, "operator"), "operator must be Exists where there is no key", operator
        )
    if operator == "Exists" and value:
        yield Violation(rules.TOLERATION, path, "a toleration with the operator Exists takes no value", value)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        yield Violation(rules.TOLERATION, (*path, "effect"), "effect must be NoExecute for tolerationSeconds", effect)


def _affinity(affinity: dict[str, Any], path: Path) -> Iterator[Violation]:
    node, place = fields(affinity.get("nodeAffinity")), (*path, "nodeAffinity")
    required = node.get(_REQUIRED)
    terms = fields(required).get("nodeSelectorTerms")
    if isinstance(required, dict) and terms == []:
        where = (*place, _REQUIRED, "nodeSelectorTerms")
        yield Violation(rules.REQUIRED, where, "nodeSelectorTerms is empty, and needs at least one term")
    for where, term in entries(terms, (*place, _REQUIRED, "nodeSelectorTerms")):
        yield from _node_term(term, where)
    for where, preferred in entries(node.get(_PREFERRED), (*place, _PREFERRED)):
        yield from at_least(preferred, "weight", where, 1, 100)
        yield from _node_term(fields(preferred.get("preference")), (*where, "preference"))
    for kind in ("podAffinity", "podAntiAffinity"):
        between = fields(affinity.get(kind))
        for where, term in entries(between.get(_REQUIRED), (*path, kind, _REQUIRED)):
            yield from _pod_term(term, where)
        for where, preferred in entries(between.get(_PREFERRED), (*path, kind, _PREFERRED)):
            yield from at_least(preferred, "weight", where, 1, 100)
            yield from _pod_term(fields(preferred.get("podAffinityTerm")), (*where, "podAffinityTerm"))


def _node_term(term: dict[str, Any], path: Path) -> Iterator[Violation]:
    for place, one in entries(term.get("matchExpressions"), (*path, "matchExpressions")):
        yield from expression(one, place, ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"))


def _pod_term(term: dict[str, Any], path: Path) -> Iterator[Violation]:
    if term.get("topologyKey") == "":
        yield Violation(rules.REQUIRED, (*path, "topologyKey"), "topologyKey is empty")
    yield from label_selector(term.get("labelSelector"), (*path, "labelSelector"))
