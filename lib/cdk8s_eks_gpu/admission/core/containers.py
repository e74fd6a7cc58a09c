"""Containers: names, images, ports, environment, mounts and resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.core.reading import at_least, entries, fields, named, one_of
from cdk8s_eks_gpu.admission.rules import core as rules
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.errors import QuantityError
from cdk8s_eks_gpu.names import qualified_name_fault
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from cdk8s_eks_gpu.manifests import Path

_STANDARD = frozenset({"cpu", "memory", "ephemeral-storage"})
_HUGE_PAGES = "hugepages-"
_PORT_NAME = re.compile(r"(?=.{1,15}\Z)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_LARGEST_PORT = 65535
_LARGEST_ID = 2**31 - 1


def containers(pod: dict[str, Any], path: Path, claims: frozenset[str]) -> Iterator[Violation]:
    """Yield what is wrong with the containers of a pod's spec; `claims` are the volumes that its maker adds."""
    names: set[str] = set()
    ports: set[str] = set()
    volumes = claims | {str(volume.get("name")) for _, volume in entries(pod.get("volumes"), ())}
    main = pod.get("containers")
    if isinstance(main, list) and not main:
        yield Violation(rules.REQUIRED, (*path, "containers"), "containers is empty")
    for field in ("initContainers", "containers"):
        for place, container in entries(pod.get(field), (*path, field)):
            yield from named(container, place, names)
            yield from _container(container, place, volumes)
            yield from _ports(container, place, ports)
            yield from _resources(fields(container.get("resources")), (*place, "resources"))
            yield from _security(fields(container.get("securityContext")), (*place, "securityContext"))


def _container(container: dict[str, Any], path: Path, volumes: frozenset[str]) -> Iterator[Violation]:
    image = container.get("image")
    if image is None or image == "":
        yield Violation(rules.REQUIRED, (*path, "image"), "image is missing")
    elif isinstance(image, str) and image != image.strip():
        yield Violation(rules.NAME, (*path, "image"), "image has spaces around it", image)
    yield from one_of(container, "imagePullPolicy", path, ("Always", "IfNotPresent", "Never"))
    yield from one_of(container, "terminationMessagePolicy", path, ("File", "FallbackToLogsOnError"))
    yield from _mounts(container, path, volumes)
    for place, variable in entries(container.get("env"), (*path, "env")):
        if variable.get("name") == "":
            yield Violation(rules.REQUIRED, (*place, "name"), "name is empty")
        elif isinstance(variable.get("name"), str) and "=" in variable["name"]:
            yield Violation(rules.NAME, (*place, "name"), "name has '=' in it", variable["name"])
        if variable.get("value") and fields(variable.get("valueFrom")):
            yield Violation(rules.CONFLICT, place, "value and valueFrom are both given")


def _mounts(container: dict[str, Any], path: Path, volumes: frozenset[str]) -> Iterator[Violation]:
    mounted: set[str] = set()
    for place, mount in entries(container.get("volumeMounts"), (*path, "volumeMounts")):
        name, target = mount.get("name"), mount.get("mountPath")
        if isinstance(name, str) and name not in volumes:
            yield Violation(rules.REFERENCE, (*place, "name"), f"name {name!r} is no volume of the pod", name)
        if target == "":
            yield Violation(rules.REQUIRED, (*place, "mountPath"), "mountPath is empty")
        elif isinstance(target, str):
            if target in mounted:
                yield Violation(
                    rules.DUPLICATE, (*place, "mountPath"), f"mountPath {target!r} is there already", target
                )
            mounted.add(target)


def _ports(container: dict[str, Any], path: Path, seen: set[str]) -> Iterator[Violation]:
    for place, port in entries(container.get("ports"), (*path, "ports")):
        yield from at_least(port, "containerPort", place, 1, _LARGEST_PORT)
        yield from at_least(port, "hostPort", place, 0, _LARGEST_PORT)
        yield from one_of(port, "protocol", place, ("TCP", "UDP", "SCTP"))
        name = port.get("name")
        if isinstance(name, str) and name:
            if not _PORT_NAME.match(name):
                message = f"name {name[:80]!r} must be 1 to 15 lower-case letters, digits and '-', with a letter in it"
                yield Violation(rules.NAME, (*place, "name"), message, name)
            if name in seen:
                yield Violation(rules.DUPLICATE, (*place, "name"), f"name {name!r} is there already", name)
            seen.add(name)


def _amounts(value: Any) -> dict[str, Decimal]:  # noqa: ANN401 -- any value of a manifest
    amounts = {}
    for name, amount in fields(value).items():
        if isinstance(amount, str | int | float) and not isinstance(amount, bool):
            try:
                amounts[name] = parse_quantity(str(amount))
            except QuantityError:  # the schema check says so
                continue
    return amounts


def _resources(resources: dict[str, Any], path: Path) -> Iterator[Violation]:
    limits, requests = _amounts(resources.get("limits")), _amounts(resources.get("requests"))
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            yield from _resource(name, amount, (*path, field, name))
    for name, amount in requests.items():
        place = (*path, "requests", name)
        own = name not in _STANDARD
        if own and name not in limits:
            message = f"{name} is requested and not limited: what cannot be shared needs a limit"
            yield Violation(rules.RESOURCES, (*path, "limits"), message, str(amount))
        elif own and amount != limits[name]:
            yield Violation(rules.RESOURCES, place, f"{name} must be the same in requests and limits", str(amount))
        elif name in limits and amount > limits[name]:
            yield Violation(rules.RESOURCES, place, f"{name} is requested beyond its limit", str(amount))
    named_resources = limits.keys() | requests.keys()
    if any(name.startswith(_HUGE_PAGES) for name in named_resources) and not named_resources & {"cpu", "memory"}:
        yield Violation(rules.RESOURCES, path, "huge pages need a request or limit of cpu or memory beside them")


def _resource(name: str, amount: Decimal, path: Path) -> Iterator[Violation]:
    if amount < 0:
        yield Violation(rules.RESOURCES, path, f"{name} is below 0", str(amount))
    if name in _STANDARD or name.startswith(_HUGE_PAGES):
        return
    if "/" not in name:
        yield Violation(rules.RESOURCES, path, f"{name} is no resource of Kubernetes; a device has a domain before '/'")
    elif fault := qualified_name_fault(name):
        yield Violation(rules.RESOURCES, path, f"the resource {name[:80]!r} {fault}")
    elif amount != amount.to_integral_value():
        yield Violation(rules.RESOURCES, path, f"{name} must be a whole number", str(amount))


def _security(context: dict[str, Any], path: Path) -> Iterator[Violation]:
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged") is True:
            yield Violation(
                rules.CONFLICT, path, "privileged and allowPrivilegeEscalation: false contradict each other"
            )
        if "CAP_SYS_ADMIN" in (fields(context.get("capabilities")).get("add") or ()):
            message = "the capability CAP_SYS_ADMIN and allowPrivilegeEscalation: false contradict each other"
            yield Violation(rules.CONFLICT, path, message)
    for field in ("runAsUser", "runAsGroup"):
        yield from at_least(context, field, path, 0, _LARGEST_ID)
