"""What DaemonSets take of the nodes of a pool, as Karpenter expects it before there is a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.pod import HostPorts, Pod, without
from cdk8s_eks_gpu.requirements import Requirements, Toleration, untolerated
from cdk8s_eks_gpu.requirements.resources import Amounts, add

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool


_ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- compared, not bound


class DaemonSets(Struct, frozen=True, eq=False):
    """DaemonSets that land on the same nodes, added up.

    Attributes:
        terms: What they ask of a node's labels: one term must hold.
        tolerations: What they tolerate.
        requests: What a pod of each asks for, together.
        host_ports: The ports of the node that they take.
    """

    terms: tuple[Requirements, ...]
    tolerations: tuple[Toleration, ...]
    requests: Amounts
    host_ports: HostPorts

    def include(self, pod: Pod) -> bool:
        """Return whether the pod of a DaemonSet is one of them."""
        # A pod is asked about without the name of the pool, once that fits.
        terms = tuple(without(term, vocabulary.NODE_POOL) for term in self.terms)
        return pod.tolerations == self.tolerations and pod.terms in {self.terms, terms}


class OverheadGroup(Struct, frozen=True):
    """Instance types on which the same DaemonSets land.

    Attributes:
        type_set: The types.
        daemon_sets: The DaemonSets.
        requests: What they ask for, together.
        host_ports: The ports of the node that they take.
    """

    type_set: int
    daemon_sets: tuple[DaemonSets, ...]
    requests: Amounts
    host_ports: HostPorts


def scheduled_alike(pods: Iterable[Pod]) -> list[DaemonSets]:
    """Return the DaemonSets that have these pods, those added up that land on the same nodes."""
    alike: dict[tuple[object, ...], list[Pod]] = {}
    for pod in pods:
        if not pod.has_resource_claims:  # Karpenter leaves out the DaemonSets whose claims it does not follow.
            alike.setdefault((pod.terms, pod.tolerations), []).append(pod)
    return [
        DaemonSets(
            same[0].terms,
            same[0].tolerations,
            add(*(pod.requests for pod in same)),
            frozenset().union(*(pod.host_ports for pod in same)),
        )
        for same in alike.values()
    ]


def overhead_groups(
    pool: NodePool, types: NodeClassInstanceTypes, launchable: int, daemon_sets: Sequence[DaemonSets]
) -> list[OverheadGroup]:
    """Return the types that the pool launches, grouped by the DaemonSets that Karpenter expects on them."""
    groups: list[tuple[int, tuple[DaemonSets, ...]]] = [(launchable, ())]
    for each in daemon_sets:
        compatible = _compatible_types(pool, types, each)
        if compatible & launchable:
            split = [(group & compatible, (*members, each)) for group, members in groups]
            split += [(group & ~compatible, members) for group, members in groups]
            groups = [(group, members) for group, members in split if group]
    return [
        OverheadGroup(
            group,
            members,
            add(*(each.requests for each in members)),
            frozenset().union(*(each.host_ports for each in members)),
        )
        for group, members in groups
    ]


def _compatible_types(pool: NodePool, types: NodeClassInstanceTypes, daemon_sets: DaemonSets) -> int:
    """Return the types that Karpenter expects the DaemonSets on: it foresees no label that appears at run time."""
    if untolerated(pool.taints, daemon_sets.tolerations):
        return 0
    compatible = 0
    for term in daemon_sets.terms:
        if not pool.requirements.compatible(term, allow_undefined=types.release.well_known_labels):
            compatible |= types.admitted(term)
    return compatible


def ports_conflict(left: HostPorts, right: HostPorts) -> bool:
    """Return whether both take the same port of a node."""
    return any(
        protocol == other_protocol
        and number == other_number
        and (address == other_address or not _ANY_ADDRESS.isdisjoint({address, other_address}))
        for address, protocol, number in left
        for other_address, other_protocol, other_number in right
    )
