"""What a pod asks for in all, by Kubernetes' rules (component-helpers' PodRequests, and the API server's defaults)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import QuantityError
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from cdk8s_eks_gpu.manifests.cursor import Cursor

Resources = dict[str, Decimal]
Amounts = Mapping[str, Decimal]

CPU, MEMORY, STORAGE, PODS = "cpu", "memory", "ephemeral-storage", "pods"
HUGE_PAGES = "hugepages-"
_ZERO = Decimal(0)


def read_requests(spec: Cursor) -> Resources:
    """Return the effective requests of a pod's spec, in base units, and one of the resource `pods`.

    The containers count together with the sidecars (init containers that restart always). An init container counts
    with the sidecars before it, and the largest of these peaks is what the node must have. Requests for the whole pod
    (`spec.resources`) take the place of the containers' sum; the overhead of its runtime class is added.
    """
    running = add(*(_container_requests(container["resources"]) for container in spec["containers"].items()))
    sidecars: Resources = {}
    peak: Resources = {}
    for container in spec["initContainers"].items():
        own = _container_requests(container["resources"])
        if container["restartPolicy"].text() == "Always":
            running, sidecars = add(running, own), add(sidecars, own)
            peak = _largest(peak, sidecars)
        else:
            peak = _largest(peak, add(sidecars, own))
    requests = _largest(running, peak)
    requests.update(_pod_level_requests(spec["resources"], requests))
    return add(requests, read_quantities(spec["overhead"]), {PODS: Decimal(1)})


def add(*lists: Amounts) -> Resources:
    """Return the sum of resources."""
    total: Resources = {}
    for resources in lists:
        for name, amount in resources.items():
            total[name] = total[name] + amount if name in total else amount
    return total


def read_quantity(quantity: Cursor) -> Decimal | None:
    """Return a quantity, written as text or as a number, in base units, or None where it is none."""
    try:
        return parse_quantity(str(quantity.value))
    except QuantityError:
        return None


def read_quantities(quantities: Cursor) -> Resources:
    """Return a mapping of resources to quantities, in base units."""
    amounts = ((name, read_quantity(quantity)) for name, quantity in quantities.entries())
    return {name: amount for name, amount in amounts if amount is not None}


def _container_requests(resources: Cursor) -> Resources:
    # A limit is the default request.
    return read_quantities(resources["limits"]) | read_quantities(resources["requests"])


def _pod_level_requests(resources: Cursor, of_containers: Resources) -> Resources:
    limits = {name: limit for name, limit in read_quantities(resources["limits"]).items() if name not in of_containers}
    requests = limits | read_quantities(resources["requests"])
    return {name: amount for name, amount in requests.items() if name in {CPU, MEMORY} or name.startswith(HUGE_PAGES)}


def _largest(left: Resources, right: Resources) -> Resources:
    return {name: max(left.get(name, _ZERO), right.get(name, _ZERO)) for name in {**left, **right}}
