"""Requests and limits of containers and of pods as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import core_rule, duplicate, forbidden, invalid, named, not_found, required
from cdk8s_eks_gpu.names import dns_label_fault, qualified_name_fault
from cdk8s_eks_gpu.quantity import format_quantity, quantity_of
from cdk8s_eks_gpu.requirements.resources import HUGE_PAGES, container_requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

RESOURCES = core_rule(
    "resources",
    "Requests and limits are not what Kubernetes takes.",
    "Requests stay within limits. Devices are whole numbers and stand in the limits; requests, if any, are equal.",
    "concepts/configuration/manage-resources-containers/#extended-resources",
)

_STANDARD = frozenset({"cpu", "memory", "ephemeral-storage"})
_OF_PODS = frozenset({"cpu", "memory"})
_LARGEST_COUNT = (2**63 - 1) // 1000  # of which the server can still tell that it is an integer


def resources(at: Cursor, claims: frozenset[str], *, of_pod: bool = False) -> Iterator[FieldError]:
    """Yield what is wrong with requests and limits; `claims` are the names of the pod's resource claims."""
    limits, requests = at["limits"].quantities(), at["requests"].quantities()
    for side, given in (("limits", limits), ("requests", requests)):
        for name, amount in given.items():
            yield from _resource(at[side][name], name, amount, of_pod=of_pod)
    yield from _within_limits(at, requests, limits)
    names = limits.keys() | requests.keys()
    if any(name.startswith(HUGE_PAGES) for name in names) and not names & {"cpu", "memory"}:
        yield forbidden(at, "huge pages need a request or limit of cpu or memory beside them", RESOURCES)
    yield from _claims(at["claims"], claims)


def _within_limits(at: Cursor, requests: dict[str, Decimal], limits: dict[str, Decimal]) -> Iterator[FieldError]:
    for name, amount in requests.items():
        request = at["requests"][name]
        may_differ = _is_native(name) and not name.startswith(HUGE_PAGES)
        if name not in limits:
            if not may_differ:
                detail = f"{name} is requested, and needs a limit: it cannot be overcommitted"
                yield required(at["limits"], detail, RESOURCES)
        elif amount != limits[name] and not may_differ:
            yield invalid(request, f"must be equal to the limit of {format_quantity(limits[name])}", RESOURCES)
        elif amount > limits[name]:
            detail = f"must be less than or equal to the {name} limit of {format_quantity(limits[name])}"
            yield invalid(request, detail, RESOURCES)


def _claims(used: Cursor, claims: frozenset[str]) -> Iterator[FieldError]:
    names: set[str] = set()
    for claim in used.objects():
        name, request = claim["name"].text(), claim["request"].text()
        if not name:
            yield required(claim["name"])
            continue
        if name not in claims:
            yield not_found(claim["name"], "must be one of the names in the pod's resourceClaims")
        yield from named(claim["request"], dns_label_fault)
        key = f"{name}/{request}" if request else name
        whole = request and name in names
        if key in names or whole or (not request and any(other.startswith(f"{name}/") for other in names)):
            yield duplicate(claim, value=key)
        names.add(key)


def pod_resources(pod: Cursor, claims: frozenset[str], *, is_pod: bool) -> Iterator[FieldError]:
    """Yield what is wrong with the resources of a pod as a whole.

    In a Pod, and not in a template, requests that are left out take the limits, or what the containers request.
    """
    at = pod["resources"]
    if not at:
        return
    if at["claims"]:
        yield forbidden(at["claims"], "claims may not be set for a pod as a whole", RESOURCES)
    yield from resources(at, claims, of_pod=True)
    limits, requests = at["limits"].quantities(), at["requests"].quantities()
    for name, amount in container_requests(pod, limits_count=is_pod).items():
        if name in requests and amount > requests[name]:
            detail = f"must be greater than or equal to what the containers request together, {format_quantity(amount)}"
            yield invalid(at["requests"][name], detail, RESOURCES)
        elif is_pod and name in limits and name not in requests and amount > limits[name]:
            detail = f"must be less than or equal to the pod's limit of {format_quantity(limits[name])}"
            yield invalid(at["requests"], detail, RESOURCES, value=format_quantity(amount))
    for container in pod["containers"].objects():
        for name, amount in container["resources"]["limits"].quantities().items():
            if name in limits and amount > limits[name]:
                detail = f"must be less than or equal to the pod's limit of {format_quantity(limits[name])}"
                yield invalid(container["resources"]["limits"][name], detail, RESOURCES)


def _resource(at: Cursor, name: str, amount: Decimal, *, of_pod: bool) -> Iterator[FieldError]:
    if amount < 0:
        yield invalid(at, "must be greater than or equal to 0", RESOURCES)
    if name.startswith(HUGE_PAGES):
        yield from _huge_pages(at, name, amount)
    elif of_pod:
        if name not in _OF_PODS:
            yield invalid(at, "only cpu, memory and huge pages can be set for a pod", RESOURCES, value=name)
    elif "/" not in name:
        if name not in _STANDARD:
            detail = "must be a resource of Kubernetes, such as cpu; a device has a domain before '/'"
            yield invalid(at, detail, RESOURCES, value=name)
    elif fault := qualified_name_fault(name) or qualified_name_fault(f"requests.{name}"):
        yield invalid(at, f"the name {fault}", RESOURCES, value=name)
    elif name.startswith("requests."):
        yield invalid(at, "the name must not begin with 'requests.'", RESOURCES, value=name)
    elif not _is_native(name) and (amount != amount.to_integral_value() or amount > _LARGEST_COUNT):
        yield invalid(at, "must be an integer", RESOURCES)


def _is_native(name: str) -> bool:
    """Return whether Kubernetes itself knows the resource, so that it may be a fraction and be overcommitted."""
    return "/" not in name or "kubernetes.io/" in name


def _huge_pages(at: Cursor, name: str, amount: Decimal) -> Iterator[FieldError]:
    page = quantity_of(name.removeprefix(HUGE_PAGES))
    if page is None or page <= 0 or amount % page:
        yield invalid(at, f"must be a multiple of the page size {name.removeprefix(HUGE_PAGES)}", RESOURCES)
