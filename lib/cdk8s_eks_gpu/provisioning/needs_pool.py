"""Which pods are for the nodes of the manifests' pools; others may be for nodes that no NodePool of them makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.device_plugins import is_device
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, appears_at_run_time

if TYPE_CHECKING:
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.workload import Workload


def needs_pool(cluster: Cluster, workload: Workload) -> bool:
    """Return whether the pods are for nodes of the pools: they ask for a device, or select a pool that is there."""
    if workload.is_daemon or not cluster.pools:
        return False
    if workload.is_blueprint or workload.node_name or _is_for_other_nodes(cluster, workload):
        return False
    pod = workload.pod
    if pod.has_resource_claims or any(amount and is_device(name) for name, amount in pod.requests.items()):
        return True
    selected = (name for term in pod.terms for name in term.allowed(vocabulary.NODE_POOL).values)
    return any(name == pool.name for name in selected for pool in cluster.pools)


def labels_of_others(cluster: Cluster, workload: Workload) -> list[str]:
    """Return the labels of others' nodes that the pods select, where no pool of the manifests has or may have them."""
    others = [key for key in sorted(workload.pod.selected_labels) if key.startswith(vocabulary.OF_OTHER_NODES)]
    here = any(pool.not_evaluated or key in pool.spec.requirements for pool in cluster.pools for key in others)
    return [] if here else others


def _is_for_other_nodes(cluster: Cluster, workload: Workload) -> bool:
    """Return whether the pods select nodes that no NodePool makes: a managed node group's, or HyperPod's.

    So do pods with a placeholder; pods that name a label of a pool in the manifests do not.
    """
    if workload.has_placeholder:
        return True
    defined, folders = cluster.labels_of_pools, cluster.folders_of_pools
    if len(folders) > 1 and workload.object.applied_with not in folders:
        # Of a repository of several set-ups, that of the pods may have node groups with labels of their own.
        known = defined | WELL_KNOWN_LABELS
        if any(key not in known and not appears_at_run_time(key) for key in workload.pod.selected_labels):
            return True
    return all(
        any(
            key.startswith(vocabulary.OF_OTHER_NODES) and key not in defined and not requirement.refuses
            for key, requirement in term.items()
        )
        for term in workload.pod.terms
    )
