"""What a pod asks of a node, and what Karpenter tries for it in turn."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.requirements import Requirement, Requirements, Toleration
from cdk8s_eks_gpu.requirements.node_selector import (
    read_labels,
    read_node_selector_terms,
    read_requirements,
    read_tolerations,
)
from cdk8s_eks_gpu.requirements.resources import PODS, Amounts, add, read_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_NONE = Cursor(None)
_TOLERATES_PREFERENCES = Toleration(operator="Exists", effect="PreferNoSchedule")

ANYWHERE: tuple[Requirements, ...] = (Requirements(),)
"""What volumes ask of a node where they ask nothing."""

HostPorts = frozenset[tuple[str, str, int]]
"""Address, protocol and number of each port of the node."""


class Attempt(Struct, frozen=True):
    """What Karpenter tries to find a node for: it gives up one preference after the other.

    Attributes:
        requirements: What is asked of the node's labels.
        tolerations: What is tolerated.
        given_up: How many terms and preferences were given up before.
    """

    requirements: Requirements
    tolerations: tuple[Toleration, ...]
    given_up: int = 0


class Pod(Struct, frozen=True, eq=False, dict=True):
    """What a pod asks of a node.

    Attributes:
        terms: What it asks of the node's labels: one of these must hold.
        preferences: The preferred node affinity, the heaviest first.
        tolerations: What it tolerates.
        requests: What it asks for, by resource, in base units.
        host_ports: The ports of the node that it takes.
        has_resource_claims: Whether it asks for devices by dynamic resource allocation.
        topology_keys: The labels over whose values its pods must be spread, or be together or apart.
        volumes: What its volumes ask of the node's labels: one of these must hold too.
    """

    terms: tuple[Requirements, ...]
    preferences: tuple[Requirements, ...]
    tolerations: tuple[Toleration, ...]
    requests: Amounts
    host_ports: HostPorts
    has_resource_claims: bool
    topology_keys: frozenset[str]
    volumes: tuple[Requirements, ...] = ANYWHERE

    @property
    def takes_room(self) -> bool:
        """Whether it asks for more than a place among the pods of a node."""
        return any(name != PODS for name in self.requests)

    @cached_property
    def selected_labels(self) -> frozenset[str]:
        """Every label key that it asks for, preferences included."""
        return frozenset(key for asked in (*self.terms, *self.preferences) for key in asked)

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """What Karpenter tries in turn, until a node can be made.

        The terms of the required affinity one by one, with the heaviest preference as if it were required; then, with
        the last term, the other preferences and none; at last every taint that is a mere preference is tolerated. Each
        is tried with the alternatives that the volumes leave.
        Source: `preferences.go` of kubernetes-sigs/karpenter v1.14.1. Preferences for other pods are not modelled.
        """
        if not self.preferences:
            tried = [*self.terms]
        else:
            tried = [term & self.preferences[0] for term in self.terms]
            tried += [self.terms[-1] & preference for preference in self.preferences[1:]]
            tried.append(self.terms[-1])
        steps = [(requirements, self.tolerations) for requirements in tried]
        steps.append((tried[-1], (*self.tolerations, _TOLERATES_PREFERENCES)))
        return tuple(
            Attempt(requirements & place, tolerations, given_up)
            for given_up, (requirements, tolerations) in enumerate(steps)
            for place in self.volumes
        )

    @property
    def required(self) -> tuple[Attempt, ...]:
        """Each term of the required affinity with each alternative of the volumes, without any preference."""
        tolerations = (*self.tolerations, _TOLERATES_PREFERENCES)
        return tuple(Attempt(term & place, tolerations) for term in self.terms for place in self.volumes)

    @cached_property
    def identity(self) -> tuple[object, ...]:
        """All that decides where it can run: equal for pods that ask for the same."""
        requests = tuple(sorted(self.requests.items()))
        return (
            self.terms,
            self.preferences,
            self.tolerations,
            requests,
            self.host_ports,
            self.has_resource_claims,
            self.topology_keys,
            self.volumes,
        )

    def asked_of(self, key: str) -> tuple[Requirement | None, ...]:
        """Return what each term and preference asks of a label; None where one does not name it."""
        return tuple(asked.get(key) for asked in (*self.terms, *self.preferences))

    def without(self, key: str) -> Pod:
        """Return the same pod that asks nothing of the label."""
        return replace(
            self,
            terms=tuple(without(term, key) for term in self.terms),
            preferences=tuple(without(preference, key) for preference in self.preferences),
        )


def read_pod(
    spec: Cursor,
    runtime_class: Cursor = _NONE,
    volumes: tuple[Requirements, ...] = ANYWHERE,
    more_tolerations: tuple[Toleration, ...] = (),
) -> Pod:
    """Return what the spec of a pod asks of a node, with what the API server takes over from its RuntimeClass.

    `volumes` are what its volumes ask, and `more_tolerations` what others add.

    Source: `plugin/pkg/admission/runtimeclass` of kubernetes v1.34.
    """
    affinity, scheduling = spec["affinity"]["nodeAffinity"], runtime_class["scheduling"]
    selector = read_labels(spec["nodeSelector"]) & read_labels(scheduling["nodeSelector"])
    overhead = {} if spec["overhead"] else runtime_class["overhead"]["podFixed"].quantities()
    terms = read_node_selector_terms(affinity[_REQUIRED]["nodeSelectorTerms"])
    preferred = sorted(affinity[_PREFERRED].objects(), key=lambda term: -(term["weight"].integer() or 0))
    return Pod(
        terms=tuple(selector & term for term in terms) or (selector,),
        preferences=tuple(read_requirements(term["preference"]["matchExpressions"]) for term in preferred),
        tolerations=(
            *read_tolerations(spec["tolerations"]),
            *read_tolerations(scheduling["tolerations"]),
            *more_tolerations,
        ),
        requests=add(read_requests(spec), overhead),
        host_ports=_read_host_ports(spec),
        has_resource_claims=any(spec["resourceClaims"].items()),
        topology_keys=frozenset(_topology_keys(spec)),
        volumes=volumes,
    )


def _topology_keys(spec: Cursor) -> Iterator[str]:
    for constraint in spec["topologySpreadConstraints"].objects():
        if constraint["whenUnsatisfiable"].text() == "DoNotSchedule":
            yield constraint["topologyKey"].text()
    for kind in ("podAffinity", "podAntiAffinity"):
        for term in spec["affinity"][kind][_REQUIRED].objects():
            yield term["topologyKey"].text()


def _read_host_ports(spec: Cursor) -> HostPorts:
    """Return the ports; in the network of the host, the API server takes each port of a container for one of the node.

    Source: `defaultHostNetworkPorts` in `pkg/apis/core/v1` of kubernetes v1.34.
    """
    containers = [*spec["initContainers"].items(), *spec["containers"].items()]
    in_host_network = spec["hostNetwork"].value is True
    return frozenset(
        (port["hostIP"].text() or "0.0.0.0", port["protocol"].text() or "TCP", number)  # noqa: S104 -- the default
        for container in containers
        for port in container["ports"].objects()
        if (number := port["hostPort"].integer() or (in_host_network and port["containerPort"].integer()))
    )


def without(requirements: Requirements, key: str) -> Requirements:
    """Return the requirements but for that on the label."""
    return Requirements(each for each in requirements.values() if each.key != key)
