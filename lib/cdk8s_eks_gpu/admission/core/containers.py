"""The containers of a pod."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.admission.core.environment import variable_sources, variables
from cdk8s_eks_gpu.admission.core.errors import (
    CONFLICT,
    DUPLICATE,
    NAME,
    duplicate,
    forbidden,
    invalid,
    local_path,
    named,
    needs_name,
    not_found,
    one_of,
    required,
    unsupported,
    within,
)
from cdk8s_eks_gpu.admission.core.probes import lifecycle, probe
from cdk8s_eks_gpu.admission.core.resources import resources
from cdk8s_eks_gpu.admission.core.security import container_security
from cdk8s_eks_gpu.names import dns_label_fault, port_name_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

ANY_POLICY = ("Always", "Never", "OnFailure")
_LARGEST_PORT = 65535
_DEFAULT_GRACE = 30  # seconds
_OWN_RESTART_POLICY = 35  # the minor version from which on every container may have one (gate ContainerRestartRules)
_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")


class PodContext(Struct, frozen=True, dict=True):
    """The spec of a pod, and what makes the pod.

    Attributes:
        spec: The spec.
        minor: The minor version of Kubernetes: 34 for 1.34.
        policies: The restart policies that its maker allows.
        added_volumes: The names of the volumes that its maker adds.
        is_pod: Whether it is that of a Pod, not of a template.
        is_complete: Whether nothing is added to it before it runs; what is missing in a part of a pod is no error.
    """

    spec: Cursor
    minor: int
    policies: tuple[str, ...] = ANY_POLICY
    added_volumes: frozenset[str] = frozenset()
    is_pod: bool = False
    is_complete: bool = True

    @cached_property
    def volumes(self) -> frozenset[str]:
        """Return the names of its volumes."""
        return self.added_volumes.union(volume["name"].text() for volume in self.spec["volumes"].objects())

    @cached_property
    def grace(self) -> int:
        """Return the seconds that its containers have to end; the server makes 1 of a negative number."""
        seconds = self.spec["terminationGracePeriodSeconds"].integer()
        return _DEFAULT_GRACE if seconds is None else seconds if seconds >= 0 else 1

    @cached_property
    def claims(self) -> frozenset[str]:
        """Return the names of its resource claims."""
        return frozenset(claim["name"].text() for claim in self.spec["resourceClaims"].objects())


def containers(context: PodContext) -> Iterator[FieldError]:
    """Yield what is wrong with the containers of a pod."""
    if not context.spec["containers"].value:
        yield required(context.spec["containers"])
    names: set[str] = set()
    host_ports: set[tuple[str, str, int]] = set()
    for container in context.spec["containers"].objects():
        yield from _container(container, names, context)
        yield from _host_ports(container["ports"], host_ports)
    for container in context.spec["initContainers"].objects():
        yield from _container(container, names, context)
        yield from _host_ports(container["ports"], set())  # they run one after the other


def _container(container: Cursor, names: set[str], context: PodContext) -> Iterator[FieldError]:
    name, image = container["name"], container["image"]
    yield from needs_name(name, dns_label_fault)
    if name.text() in names:
        yield duplicate(name)
    names.add(name.text())
    if not image.text():
        if context.is_complete:
            yield required(image)
    elif context.is_pod and image.text() != image.text().strip():
        yield invalid(image, "must not have leading or trailing whitespace", NAME)
    for field, at in container.entries():
        if field in _FIELDS:
            yield from _FIELDS[field](at, container, context)


def _is_init(container: Cursor) -> bool:
    return container.path[-2] == "initContainers"


def _restart_policy(policy: Cursor, _: Cursor, context: PodContext) -> Iterator[FieldError]:
    if context.minor >= _OWN_RESTART_POLICY:  # until then the server drops what is not an init container's Always
        yield from one_of(policy, *ANY_POLICY, may_be_empty=False)


def _probe(at: Cursor, container: Cursor, context: PodContext) -> Iterator[FieldError]:
    if not at:
        return
    if _is_init(container) and container["restartPolicy"].text() != "Always":
        yield forbidden(at, "may not be set for init containers without `restartPolicy: Always`")
    elif at.path[-1] == "lifecycle":
        yield from lifecycle(at, context.grace)
    else:
        yield from probe(at, context.grace)


def _ports(ports: Cursor, _: Cursor, context: PodContext) -> Iterator[FieldError]:
    names: set[str] = set()
    for port in ports.objects():
        name, inside, outside = port["name"], port["containerPort"], port["hostPort"]
        yield from named(name, port_name_fault)
        if name.text() and name.text() in names:
            yield duplicate(name)
        names.add(name.text())
        yield from within(inside, 1, _LARGEST_PORT)
        if outside.value != 0:
            yield from within(outside, 1, _LARGEST_PORT)
        yield from one_of(port["protocol"], "SCTP", "TCP", "UDP")
        if context.spec["hostNetwork"].value is True and outside.integer() and outside.value != inside.value:
            yield invalid(outside, "must match `containerPort` when `hostNetwork` is true", CONFLICT)


def _host_ports(ports: Cursor, taken: set[tuple[str, str, int]]) -> Iterator[FieldError]:
    for port in ports.objects():
        number = port["hostPort"].integer()
        if number:
            place = port["protocol"].text() or "TCP", port["hostIP"].text(), number
            if place in taken:
                yield duplicate(port["hostPort"])
            taken.add(place)


def _mounts(mounts: Cursor, container: Cursor, context: PodContext) -> Iterator[FieldError]:
    targets: set[str] = set()
    for mount in mounts.objects():
        name, target = mount["name"], mount["mountPath"]
        if not name.text():
            yield required(name)
        elif context.is_complete and name.text() not in context.volumes:
            yield not_found(name, "must be the name of a volume of the pod")
        if not target.text():
            yield required(target)
        elif target.text() in targets:
            yield invalid(target, "must be unique", DUPLICATE)
        targets.add(target.text())
        for field in ("subPath", "subPathExpr"):
            yield from local_path(mount[field])
        if mount["subPath"].text() and mount["subPathExpr"].text():
            yield invalid(mount["subPathExpr"], "subPathExpr and subPath are mutually exclusive", CONFLICT)
        yield from _propagation(mount, container)


def _propagation(mount: Cursor, container: Cursor) -> Iterator[FieldError]:
    propagation, read_only = mount["mountPropagation"], mount["recursiveReadOnly"]
    if propagation and propagation.text() not in _PROPAGATIONS:
        yield unsupported(propagation, _PROPAGATIONS)
    elif propagation.text() == "Bidirectional" and container["securityContext"]["privileged"].value is not True:
        yield forbidden(propagation, "Bidirectional is available only to privileged containers")
    if read_only and read_only.text() not in {"Disabled", "Enabled", "IfPossible"}:
        yield unsupported(read_only, ("Disabled", "Enabled", "IfPossible"))
    elif read_only.text() in {"Enabled", "IfPossible"}:
        if mount["readOnly"].value is not True:
            yield forbidden(read_only, "may only be specified when readOnly is true")
        if propagation.text() not in {"", "None"}:
            yield forbidden(read_only, "may only be specified when mountPropagation is None")


_FIELDS: dict[str, Callable[[Cursor, Cursor, PodContext], Iterator[FieldError]]] = {
    "env": lambda at, *_: variables(at),
    "envFrom": lambda at, *_: variable_sources(at),
    "imagePullPolicy": lambda at, *_: one_of(at, "Always", "IfNotPresent", "Never"),
    "lifecycle": _probe,
    "livenessProbe": _probe,
    "ports": _ports,
    "readinessProbe": _probe,
    "resources": lambda at, _, context: resources(at, context.claims),
    "restartPolicy": _restart_policy,
    "securityContext": lambda at, _, context: container_security(
        at, host_users=context.spec["hostUsers"].value is not False
    ),
    "startupProbe": _probe,
    "terminationMessagePolicy": lambda at, *_: one_of(at, "FallbackToLogsOnError", "File"),
    "volumeMounts": _mounts,
}
