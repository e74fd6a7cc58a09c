"""What is said of a workload beside its hosts: what others add to its pods, and where the answer may not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe_slip
from cdk8s_eks_gpu.provisioning.beside import is_queued
from cdk8s_eks_gpu.provisioning.needs_pool import labels_of_others, needs_pool
from cdk8s_eks_gpu.provisioning.pod import ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


def remarks(
    cluster: Cluster, workload: Workload, launching: frozenset[Pool] | None, errors: Collection[str]
) -> Iterator[str]:
    """Yield what is to be said of a workload.

    Args:
        cluster: The cluster.
        workload: The workload.
        launching: The pools from which Karpenter launches nodes; None for all.
        errors: The titles of the pools whose nodes do not run it, by an error of `check`.
    """
    return _daemon_remarks(workload) if workload.is_daemon else _pod_remarks(cluster, workload, launching, errors)


def _pod_remarks(
    cluster: Cluster, workload: Workload, launching: frozenset[Pool] | None, errors: Collection[str]
) -> Iterator[str]:
    """Yield why `check` leaves a pod alone that has no host here, and what it names that no known type has."""
    hosts = cluster.hosts(workload)
    yield from _additions(workload)
    if workload.node_name:
        yield f"spec.nodeName puts it on node {workload.node_name}: neither the kube-scheduler nor Karpenter is asked"
    elif others := labels_of_others(cluster, workload):
        yield f"{', '.join(others)} selects nodes that no NodePool here makes"
    elif workload.has_placeholder:
        yield "some of what it asks of a node is yet to be filled in: where it can run is not known"
    elif workload.is_blueprint:
        yield "others make its pods, and may change what they ask for"
    elif launching is not None and any(pool.title not in errors for pool in hosts) and launching.isdisjoint(hosts):
        yield f"NodePool {', '.join(pool.title for pool in hosts)} could host it, and never gets ready"
    elif not hosts and (unknown := [pool.title for pool in cluster.candidates(workload) if pool.not_evaluated]):
        yield f"NodePool {', '.join(unknown)} may host it, which is not evaluated"
    elif not hosts and (static := cluster.running_hosts(workload)):
        yield f"the nodes of static NodePool {', '.join(pool.title for pool in static)} have its labels when they run"
    elif not cluster.may_have_host(workload) and not needs_pool(cluster, workload):
        yield "it may be for nodes that no NodePool here makes"
    yield from map(describe_slip, cluster.newer_types(workload))


def _additions(workload: Workload) -> Iterator[str]:
    """Yield what other objects ask of a pod's node."""
    if is_queued(workload.object):
        yield "Kueue adds a ResourceFlavor: its tolerations count as there, what its nodeLabels ask is left out"
    if workload.pod.volumes != ANYWHERE:
        yield f"its volumes ask for {' or '.join(map(str, workload.pod.volumes))}"


def _daemon_remarks(workload: Workload) -> Iterator[str]:
    """Yield how Karpenter counts a DaemonSet otherwise than the kube-scheduler places it: docs/rehearsed.md."""
    if not workload.pod.takes_room:
        return
    if len(workload.pod.terms) > 1:
        yield (
            "of several nodeSelectorTerms of a DaemonSet, Karpenter may count the last one only: it then launches types"
            " that are too small for a pod beside it"
        )
    if any(vocabulary.CAPACITY_TYPE in term for term in workload.pod.terms):
        yield (
            "on a pool with nodes of several capacity types, Karpenter counts it on all of them; its room is free where"
            " it does not run"
        )
