"""A pod's spec, as far as it is the same whatever makes the pod."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.containers import PodContext, containers
from cdk8s_eks_gpu.admission.core.errors import (
    CONFLICT,
    core_rule,
    duplicate,
    forbidden,
    invalid,
    named,
    needs_name,
    one_of,
    required,
    too_many,
    unsupported,
    within,
)
from cdk8s_eks_gpu.admission.core.labels import LABEL, labels
from cdk8s_eks_gpu.admission.core.resources import pod_resources
from cdk8s_eks_gpu.admission.core.scheduling import affinity, spread_constraints, toleration
from cdk8s_eks_gpu.admission.core.security import pod_security
from cdk8s_eks_gpu.admission.core.volumes import volumes
from cdk8s_eks_gpu.names import dns_label_fault, qualified_name_fault, subdomain_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

RESTART_POLICY = core_rule(
    "restart-policy",
    "The pods of this kind cannot have this restart policy.",
    "Jobs take Never or OnFailure, the other controllers Always.",
    "concepts/workloads/pods/pod-lifecycle/#restart-policy",
)

_POD_RESOURCES = 34  # the minor version from which on a pod as a whole has resources (gate PodLevelResources)
_LARGEST_DEADLINE = 2**31 - 1
_MOST_NAMESERVERS, _MOST_SEARCHES = 3, 32
_NAMES = ("nodeName", "priorityClassName", "runtimeClassName", "serviceAccountName")


def pod(context: PodContext) -> Iterator[FieldError]:
    """Yield what is wrong with a pod's spec."""
    spec = context.spec
    yield from containers(context)
    if context.minor >= _POD_RESOURCES:
        yield from pod_resources(spec, context.claims, is_pod=context.is_pod)
    if "restartPolicy" in spec.mapping() or "Always" not in context.policies:
        yield from _restart_policy(spec["restartPolicy"], context.policies)
    for field, at in spec.entries():
        if field in _NAMES:
            yield from named(at, subdomain_fault)
        elif field in _CHECKS:
            yield from _CHECKS[field](at, spec)
    yield from volumes(spec)


def _restart_policy(policy: Cursor, policies: tuple[str, ...]) -> Iterator[FieldError]:
    if not policy.text():
        if "Always" not in policies:  # the default
            yield required(policy, f"must be {' or '.join(policies)} here", RESTART_POLICY)
    elif policy.text() not in policies:
        yield unsupported(policy, policies, RESTART_POLICY)


def _tolerations(at: Cursor, _: Cursor) -> Iterator[FieldError]:
    for item in at.objects():
        yield from toleration(item)


def _dns(at: Cursor, _: Cursor) -> Iterator[FieldError]:
    yield from too_many(at["nameservers"], _MOST_NAMESERVERS)
    yield from too_many(at["searches"], _MOST_SEARCHES)
    for server in at["nameservers"].items():
        yield from address(server)
    for option in at["options"].objects():
        if not option["name"].text():
            yield required(option["name"])


def _dns_policy(at: Cursor, spec: Cursor) -> Iterator[FieldError]:
    yield from one_of(at, "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
    if at.text() == "None" and not spec["dnsConfig"]["nameservers"].value:
        yield required(spec["dnsConfig"]["nameservers"], "must have one when `dnsPolicy` is None")


def address(at: Cursor) -> Iterator[FieldError]:
    """Yield the error that a string is no IP address."""
    try:
        ip_address(at.text())
    except ValueError:
        yield invalid(at, "must be an IP address")


def _aliases(at: Cursor, _: Cursor) -> Iterator[FieldError]:
    for alias in at.objects():
        yield from address(alias["ip"])
        for name in alias["hostnames"].items():
            yield from needs_name(name, subdomain_fault)


def _gates(at: Cursor, spec: Cursor) -> Iterator[FieldError]:
    names: set[str] = set()
    for gate in at.objects():
        name = gate["name"]
        if fault := qualified_name_fault(name.text()):
            yield invalid(name, fault, LABEL)
        if name.text() in names:
            yield duplicate(name)
        names.add(name.text())
    if names and spec["nodeName"].text():
        yield forbidden(spec["nodeName"], "cannot be set until all schedulingGates have been cleared")


def _readiness(at: Cursor, _: Cursor) -> Iterator[FieldError]:
    for gate in at.objects():
        if fault := qualified_name_fault(gate["conditionType"].text()):
            yield invalid(gate["conditionType"], fault, LABEL)


def _resource_claims(at: Cursor, _: Cursor) -> Iterator[FieldError]:
    names: set[str] = set()
    for claim in at.objects():
        name = claim["name"]
        yield from needs_name(name, dns_label_fault)
        if name.text() in names:
            yield duplicate(name)
        names.add(name.text())
        given = [claim[field] for field in ("resourceClaimName", "resourceClaimTemplateName") if claim[field]]
        if len(given) != 1:
            detail = "must have either resourceClaimName or resourceClaimTemplateName"
            yield invalid(claim, detail, CONFLICT)
        for reference in given:
            yield from needs_name(reference, subdomain_fault)


def _host_users(at: Cursor, spec: Cursor) -> Iterator[FieldError]:
    if at.value is False:
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if spec[field].value is True:
                yield forbidden(spec[field], "may not be true when `hostUsers` is false")


def _shared_processes(at: Cursor, spec: Cursor) -> Iterator[FieldError]:
    if at.value is True and spec["hostPID"].value is True:
        yield invalid(at, "may not be true when `hostPID` is", CONFLICT)


_CHECKS: dict[str, Callable[[Cursor, Cursor], Iterator[FieldError]]] = {
    "activeDeadlineSeconds": lambda at, _: within(at, 1, _LARGEST_DEADLINE),
    "affinity": lambda at, _: affinity(at),
    "dnsConfig": _dns,
    "dnsPolicy": _dns_policy,
    "hostAliases": _aliases,
    "hostUsers": _host_users,
    "hostname": lambda at, _: named(at, dns_label_fault),
    "nodeSelector": lambda at, _: labels(at),
    "os": lambda at, _: one_of(at["name"], "linux", "windows"),
    "preemptionPolicy": lambda at, _: one_of(at, "Never", "PreemptLowerPriority", may_be_empty=False),
    "readinessGates": _readiness,
    "resourceClaims": _resource_claims,
    "schedulingGates": _gates,
    "securityContext": pod_security,
    "shareProcessNamespace": _shared_processes,
    "subdomain": lambda at, _: named(at, dns_label_fault),
    "tolerations": _tolerations,
    "topologySpreadConstraints": lambda at, _: spread_constraints(at),
}
