"""What the checks ask: the cluster that the manifests describe, and the versions that it runs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.scopes import cluster_scoped_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


class Context(Struct, frozen=True, eq=False, dict=True):
    """All that a check may ask.

    Attributes:
        cluster: The pools, node classes and workloads of the manifests.
        kubernetes: The Kubernetes version, such as `1.34`.
        named_karpenter: The Karpenter version as it was named, perhaps with the patch release.
    """

    cluster: Cluster
    kubernetes: str
    named_karpenter: str

    @cached_property
    def namespaces(self) -> Mapping[str, int]:
        """The namespaces that the manifests make, with the place of the Namespace among the objects."""
        objects = enumerate(self.cluster.objects)
        return {each.name: place for place, each in objects if (each.api_version, each.kind) == ("v1", "Namespace")}

    def is_namespaced(self, manifest: KubernetesObject) -> bool:
        """Return whether the object lives in a namespace, by its kind; a kind that is not known here does."""
        return (manifest.group, manifest.kind) not in self._cluster_scoped

    @cached_property
    def _cluster_scoped(self) -> frozenset[tuple[str, str]]:
        return cluster_scoped_kinds(each.data for each in self.cluster.objects)

    @cached_property
    def pools_of_gpu_pods(self) -> frozenset[str]:
        """The names of the pools that are for pods with NVIDIA GPUs: a taint says so, or a pod that can run there."""
        pools = [pool for pool in self.cluster.pools if not pool.not_evaluated]
        names = {pool.name for pool in pools if any(taint.key == vocabulary.GPU for taint in pool.spec.taints)}
        for workload in self.cluster.workloads:
            if len(names) < len(pools) and workload.asks_for(vocabulary.GPU):
                names.update(pool.name for pool in self.cluster.hosts(workload.without_huge_pages))
        return frozenset(names)

    @cached_property
    def efa_workloads(self) -> tuple[Workload, ...]:
        """The workloads whose pods ask for EFA."""
        return tuple(each for each in self.cluster.workloads if each.asks_for(vocabulary.EFA))

    def efa_workloads_on(self, pool: Pool) -> Sequence[Workload]:
        """Return the workloads with EFA that the pool can host; huge pages, which Karpenter knows none of, aside."""
        return self._efa_workloads_by_pool.get(pool.name, ())

    @cached_property
    def _efa_workloads_by_pool(self) -> Mapping[str, Sequence[Workload]]:
        by_pool: dict[str, list[Workload]] = {}
        for workload in self.efa_workloads:
            for pool in self.cluster.hosts(workload.without_huge_pages):
                by_pool.setdefault(pool.name, []).append(workload)
        return by_pool
