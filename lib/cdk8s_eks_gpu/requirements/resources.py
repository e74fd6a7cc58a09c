"""Resources, and what a pod asks for in all: PodRequests of Kubernetes' component-helpers, with the API's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdk8s_eks_gpu.manifests.cursor import Cursor

Resources = dict[str, Decimal]
Amounts = Mapping[str, Decimal]

CPU, MEMORY, STORAGE, PODS = "cpu", "memory", "ephemeral-storage", "pods"
HUGE_PAGES = "hugepages-"
_ZERO = Decimal(0)


def read_requests(spec: Cursor) -> Resources:
    """Return the effective requests of a pod's spec, in base units, and one of the resource `pods`.

    Requests for the whole pod (`spec.resources`) take the place of the containers' sum; the overhead of its runtime
    class is added.
    """
    requests = container_requests(spec)
    requests.update(_pod_level_requests(spec["resources"], requests))
    return add(requests, spec["overhead"].quantities(), {PODS: Decimal(1)})


def container_requests(spec: Cursor, *, limits_count: bool = True) -> Resources:
    """Return what the containers of a pod's spec request at most at one time, in base units.

    The containers count together with the sidecars (init containers that restart always). An init container counts
    with the sidecars before it, and the largest of these peaks is what the node must have. With `limits_count`, a
    limit is the default request, as the API server fills it in.
    """

    def own(container: Cursor) -> Resources:
        resources = container["resources"]
        limits = resources["limits"].quantities() if limits_count else {}
        return limits | resources["requests"].quantities()

    running = add(*map(own, spec["containers"].items()))
    sidecars: Resources = {}
    peak: Resources = {}
    for container in spec["initContainers"].items():
        requests = own(container)
        if container["restartPolicy"].text() == "Always":
            running, sidecars = add(running, requests), add(sidecars, requests)
            peak = _largest(peak, sidecars)
        else:
            peak = _largest(peak, add(sidecars, requests))
    return _largest(running, peak)


def add(*lists: Amounts) -> Resources:
    """Return the sum of resources."""
    total: Resources = {}
    for resources in lists:
        for name, amount in resources.items():
            total[name] = total[name] + amount if name in total else amount
    return total


def _pod_level_requests(resources: Cursor, of_containers: Resources) -> Resources:
    limits = {name: limit for name, limit in resources["limits"].quantities().items() if name not in of_containers}
    requests = limits | resources["requests"].quantities()
    return {name: amount for name, amount in requests.items() if name in {CPU, MEMORY} or name.startswith(HUGE_PAGES)}


def _largest(left: Resources, right: Resources) -> Resources:
    return {name: max(left.get(name, _ZERO), right.get(name, _ZERO)) for name in {**left, **right}}
