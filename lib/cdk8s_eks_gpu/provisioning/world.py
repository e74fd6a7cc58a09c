"""What one run of the preflight judges, gathered once for all checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.admission.schema.kubernetes import kinds_of
from cdk8s_eks_gpu.provisioning.fleet import Fleet
from cdk8s_eks_gpu.provisioning.pod_specs import pod_specs

if TYPE_CHECKING:
    from cdk8s_eks_gpu.admission.schema.releases import Release
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.pod_specs import PodSpec


@dataclass(frozen=True, eq=False)
class World:
    """All objects of a run, and the versions of the cluster they are meant for.

    Attributes:
        objects: The objects, in the order of the files.
        karpenter: The Karpenter release.
        kubernetes: The Kubernetes version, such as `1.34`.
    """

    objects: tuple[KubernetesObject, ...]
    karpenter: Release
    kubernetes: str

    @cached_property
    def node_pools(self) -> tuple[KubernetesObject, ...]:
        """Return the NodePools."""
        return self._of_kind("karpenter.sh", "NodePool")

    @cached_property
    def node_classes(self) -> tuple[KubernetesObject, ...]:
        """Return the EC2NodeClasses."""
        return self._of_kind(vocabulary.NODE_CLASS_GROUP, vocabulary.NODE_CLASS_KIND)

    @cached_property
    def overlaid(self) -> frozenset[str]:
        """Return the resources that NodeOverlays add to nodes."""
        overlays = self._of_kind("karpenter.sh", "NodeOverlay")
        capacities = (overlay.get("spec", "capacity") for overlay in overlays)
        return frozenset(name for capacity in capacities if isinstance(capacity, dict) for name in capacity)

    @cached_property
    def pods(self) -> tuple[PodSpec, ...]:
        """Return the pods that the objects make."""
        return tuple(pods for judged in self.objects for pods in pod_specs(judged))

    @cached_property
    def fleet(self) -> Fleet:
        """Return the pools with the machines that they admit."""
        return Fleet(self.node_pools, self.node_classes, self.pods, self.overlaid)

    @cached_property
    def known_kinds(self) -> frozenset[str]:
        """Return the kinds that this Kubernetes version has."""
        return kinds_of(self.kubernetes)

    def _of_kind(self, group: str, kind: str) -> tuple[KubernetesObject, ...]:
        return tuple(found for found in self.objects if found.kind == kind and found.group == group)
