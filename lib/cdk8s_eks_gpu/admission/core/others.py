"""The few kinds without pods that a GPU stack brings along: Services, roles and their bindings, ConfigMaps, Secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import (
    BOUNDS,
    CONFLICT,
    DUPLICATE,
    NAME,
    duplicate,
    forbidden,
    invalid,
    named,
    needs_name,
    one_of,
    required,
    unsupported,
    within,
)
from cdk8s_eks_gpu.admission.core.labels import labels
from cdk8s_eks_gpu.admission.core.pods import address
from cdk8s_eks_gpu.admission.core.probes import port as port_errors
from cdk8s_eks_gpu.names import dns_label_fault, key_fault, path_segment_fault, subdomain_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

_RBAC = "rbac.authorization.k8s.io"
_LARGEST_DATA = 2**20  # bytes
_LARGEST_PORT = 65535


def service(spec: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the spec of a Service."""
    kind = spec["type"].text() or "ClusterIP"
    is_headless = spec["clusterIP"].text() == "None"
    yield from one_of(spec["type"], "ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
    yield from one_of(spec["sessionAffinity"], "ClientIP", "None")
    yield from labels(spec["selector"])
    ports = list(spec["ports"].objects())
    if not ports and kind != "ExternalName" and not is_headless:
        yield required(spec["ports"])
    if kind == "ExternalName" and not spec["externalName"].text():
        yield required(spec["externalName"])
    if spec["clusterIP"].text() and not is_headless:
        yield from address(spec["clusterIP"])
    if is_headless and kind in {"LoadBalancer", "NodePort"}:
        yield invalid(spec["clusterIP"], f"may not be 'None' for {kind} services", CONFLICT)
    yield from _service_ports(ports, kind)


def _service_ports(ports: list[Cursor], kind: str) -> Iterator[FieldError]:
    names: set[str] = set()
    numbers: set[tuple[str, int | None]] = set()
    for port in ports:
        name, number = port["name"], (port["protocol"].text() or "TCP", port["port"].integer())
        if len(ports) > 1 and not name.text():
            yield required(name, "must be given where there are several ports")
        yield from named(name, dns_label_fault)
        if name.text() and name.text() in names:
            yield duplicate(name)
        elif number in numbers:
            yield duplicate(port, value=f"{number[0]} {number[1]}")
        names.add(name.text())
        numbers.add(number)
        yield from within(port["port"], 1, _LARGEST_PORT)
        yield from one_of(port["protocol"], "SCTP", "TCP", "UDP")
        if port["targetPort"].value not in (None, 0, ""):
            yield from port_errors(port["targetPort"])
        if kind == "ClusterIP" and port["nodePort"].integer():
            yield forbidden(port["nodePort"], "may not be used when `type` is 'ClusterIP'")


def role(manifest: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with a Role or ClusterRole."""
    is_cluster = manifest["kind"].text() == "ClusterRole"
    for rule in manifest["rules"].objects():
        if not rule["verbs"].value:
            yield required(rule["verbs"], "must contain at least one value")
        urls = rule["nonResourceURLs"]
        if urls.value:
            if not is_cluster:
                yield invalid(urls, "may not be used in a Role, which has a namespace", CONFLICT)
            if any(rule[field].value for field in ("apiGroups", "resources", "resourceNames")):
                yield invalid(urls, "may not stand beside resources", CONFLICT)
            continue
        if not rule["apiGroups"].value:
            yield required(rule["apiGroups"], 'must name at least one API group; the core group is ""')
        if not rule["resources"].value:
            yield required(rule["resources"], "must name at least one resource")


def binding(manifest: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with a RoleBinding or ClusterRoleBinding."""
    is_cluster = manifest["kind"].text() == "ClusterRoleBinding"
    reference = manifest["roleRef"]
    kinds = ("ClusterRole",) if is_cluster else ("ClusterRole", "Role")
    yield from one_of(reference["apiGroup"], _RBAC)
    if reference["kind"].text() not in kinds:
        yield unsupported(reference["kind"], kinds)
    yield from needs_name(reference["name"], path_segment_fault)
    for subject in manifest["subjects"].objects():
        kind, group, name = subject["kind"].text(), subject["apiGroup"], subject["name"]
        if kind not in {"Group", "ServiceAccount", "User"}:
            yield unsupported(subject["kind"], ("Group", "ServiceAccount", "User"))
        elif kind != "ServiceAccount":
            yield from one_of(group, _RBAC)
        elif group.text():
            yield unsupported(group, ("",))
        if not name.text():
            yield required(name)
        elif kind == "ServiceAccount":
            yield from named(name, subdomain_fault)
        if kind == "ServiceAccount" and is_cluster and not subject["namespace"].text():
            yield required(subject["namespace"], "a ServiceAccount has a namespace")


def data(manifest: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the keys of a ConfigMap or Secret."""
    size = 0
    for field in ("data", "binaryData", "stringData"):
        for key, value in manifest[field].entries():
            size += len(value.text()) * 3 // 4 if field == "binaryData" else len(value.text().encode())
            if fault := key_fault(key):
                yield invalid(manifest[field], f"the key {fault}", NAME, value=key)
            if field == "data" and key in manifest["binaryData"].mapping():
                yield invalid(value, "the key is in binaryData too", DUPLICATE, value=key)
    if size > _LARGEST_DATA and manifest["kind"].text() == "ConfigMap":
        yield invalid(manifest["data"], f"must have at most {_LARGEST_DATA} bytes together", BOUNDS, value=size)
