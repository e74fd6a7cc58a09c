"""What a pod asks for in all, by Kubernetes' rules (component-helpers' PodRequests, and the API server's defaults)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cdk8s_eks_gpu.manifests.field import Field

Resources = dict[str, Decimal]
PODS = "pods"


def read_requests(spec: Field) -> Resources:
    """Return the effective requests of a pod's spec, in base units, and one of the resource `pods`.

    The containers count together with the sidecars (init containers that restart always). An init container counts
    with the sidecars before it, and the largest of these peaks is what the node must have. Requests for the whole pod
    (`spec.resources`) take the place of the containers' sum; the overhead of its runtime class is added.
    """
    running = add(_container_requests(container["resources"]) for container in spec["containers"].items())
    sidecars: Resources = {}
    peak: Resources = {}
    for container in spec["initContainers"].items():
        own = _container_requests(container["resources"])
        if container["restartPolicy"].text() == "Always":
            running, sidecars = add([running, own]), add([sidecars, own])
            peak = _largest(peak, sidecars)
        else:
            peak = _largest(peak, add([sidecars, own]))
    requests = _largest(running, peak)
    requests.update(_pod_level_requests(spec["resources"], requests))
    return add([requests, read_quantities(spec["overhead"]), {PODS: Decimal(1)}])


def add(lists: Iterable[Mapping[str, Decimal]]) -> Resources:
    """Return the sum of resources."""
    total: Resources = {}
    for resources in lists:
        for name, amount in resources.items():
            total[name] = total.get(name, Decimal(0)) + amount
    return total


def missing(requests: Mapping[str, Decimal], allocatable: Mapping[str, Decimal]) -> tuple[str, ...]:
    """Return the resources of which more is requested than there is, sorted."""
    return tuple(sorted([name for name, amount in requests.items() if amount > allocatable.get(name, 0)]))


def read_quantity(field: Field) -> Decimal | None:
    """Return a quantity, written as text or as a number, in base units, or None where it is none, which is noted."""
    is_number = isinstance(field.value, int | float) and not isinstance(field.value, bool)
    text = str(field.value) if is_number else field.text()
    amount: Decimal | None = field.read(lambda: parse_quantity(text))
    if amount is not None and amount < 0:
        field.refuse(f"{text!r} is below 0")
    return amount


def _container_requests(resources: Field) -> Resources:
    return read_quantities(resources["limits"]) | read_quantities(
        resources["requests"]
    )  # a limit is the default request


def _pod_level_requests(resources: Field, of_containers: Resources) -> Resources:
    limits = {name: limit for name, limit in read_quantities(resources["limits"]).items() if name not in of_containers}
    requests = limits | read_quantities(resources["requests"])
    return {
        name: amount for name, amount in requests.items() if name in {"cpu", "memory"} or name.startswith("hugepages-")
    }


def read_quantities(field: Field) -> Resources:
    """Return a mapping of resources to quantities, in base units."""
    amounts = {name: read_quantity(quantity) for name, quantity in field.entries()}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def _largest(one: Resources, other: Resources) -> Resources:
    return {name: max(one.get(name, Decimal(0)), other.get(name, Decimal(0))) for name in {**one, **other}}
