"""What the manifests promise of the cluster: the objects, and what provisioning predicts of them."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.provisioning.gpu_sharing import SharingConfigurations, sharing_configurations
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


_TESTS = {"Pod", "Job", "MPIJob"}


class Promise(Struct, frozen=True, dict=True):
    """Manifests that were applied to a cluster.

    Attributes:
        objects: The objects of the manifests, tests included.
        karpenter: The version of Karpenter that they were made for.
        kubernetes: The version of Kubernetes, likewise.
        named_versions: Whether the user named the versions; otherwise they are the newest that are known.
    """

    objects: tuple[KubernetesObject, ...]
    karpenter: str = DEFAULT_KARPENTER
    kubernetes: str = DEFAULT_KUBERNETES
    named_versions: bool = False

    @cached_property
    def cluster(self) -> Cluster:
        """What provisioning knows of the manifests."""
        return Cluster(self.objects, self.karpenter)

    @cached_property
    def pools(self) -> Mapping[str, Pool]:
        """The node pools by name."""
        return {pool.name: pool for pool in self.cluster.pools}

    @cached_property
    def daemon_sets(self) -> tuple[Workload, ...]:
        """The DaemonSets."""
        return tuple(workload for workload in self.cluster.workloads if workload.is_daemon)

    @cached_property
    def tests(self) -> tuple[Workload, ...]:
        """The workloads that test the nodes: pods and Jobs, which are applied after all else and come to an end."""
        found: dict[int, Workload] = {}
        for workload in self.cluster.workloads:
            if workload.kind in _TESTS:
                # Of several pod templates, such as an MPIJob's, that with the devices is the one that tests.
                found[id(workload.object)] = max(found.get(id(workload.object), workload), workload, key=_devices)
        return tuple(found.values())

    @cached_property
    def sharing(self) -> SharingConfigurations:
        """How the NVIDIA plugin shares GPUs."""
        return sharing_configurations(self.objects)

    def is_test(self, manifest: KubernetesObject) -> bool:
        """Return whether the object is a test rather than a part of the stack."""
        return manifest.kind in _TESTS

    @staticmethod
    def needs_exec(workload: Workload) -> bool:
        """Return whether the pod only waits for a user to run a command in it, as the document's EFA test does."""
        return workload.asks_for(vocabulary.EFA) and "sleep infinity" in workload.words


def _devices(workload: Workload) -> Decimal:
    asked = workload.pod.requests
    return asked.get(vocabulary.GPU, Decimal(0)) + asked.get(vocabulary.EFA, Decimal(0))
