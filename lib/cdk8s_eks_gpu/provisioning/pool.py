"""A NodePool of some manifests, with its node class: what it launches, and when its nodes end."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.templates import has_placeholder, is_placeholder
from cdk8s_eks_gpu.provisioning.disruption import Disruption, read_disruption
from cdk8s_eks_gpu.provisioning.node_pool import NodePool, NotEvaluated, not_evaluated
from cdk8s_eks_gpu.provisioning.offerings import ON_DEMAND, RESERVED, SPOT
from cdk8s_eks_gpu.provisioning.unknown_types import unknown_types

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.node_class import NodeClass
    from cdk8s_eks_gpu.provisioning.pool_instance_types import PoolInstanceTypes
    from cdk8s_eks_gpu.provisioning.registration import Registration
    from cdk8s_eks_gpu.requirements import Requirement


# What a limit of 0 switches every pool off by, whatever its types are.
_OF_EVERY_NODE = frozenset({"nodes", "cpu", "memory", "pods", "ephemeral-storage"})


class Pool(Struct, frozen=True, eq=False, dict=True):
    """A NodePool of the manifests.

    Attributes:
        manifest: Its manifest.
        title: Its name; where a later NodePool of the manifests has the name too, with its place.
        spec: What Karpenter knows of its nodes.
        node_class: Its node class; one that says nothing where the manifests do not have it.
        node_class_manifest: The manifest of its node class, if there is one.
        instance_types: What it launches and hosts, as if it had no name: shared with pools that are otherwise equal.
        registration: How devices of its nodes get registered; shared likewise.
    """

    manifest: KubernetesObject
    title: str
    spec: NodePool
    node_class: NodeClass
    node_class_manifest: KubernetesObject | None
    instance_types: PoolInstanceTypes
    registration: Registration

    @property
    def name(self) -> str:
        """Its name."""
        return self.spec.name

    @cached_property
    def not_evaluated(self) -> NotEvaluated | None:
        """Why nothing is said of its instance types, or None where something is."""
        return not_evaluated(self.spec)

    @cached_property
    def unknown_types(self) -> tuple[str, ...]:
        """The instance types and families that it names and that the facts do not have: what they are is not known."""
        names = unknown_types(self.spec.requirements, self.instance_types.catalogue)
        return tuple(name for name in names if not is_placeholder(name))

    @property
    def is_known(self) -> bool:
        """Whether all that it launches is known."""
        return self.not_evaluated is None and not self.unknown_types and not self.has_placeholder

    @cached_property
    def has_placeholder(self) -> bool:
        """Whether something that decides about its nodes is yet to be filled in."""
        template = self.manifest.cursor.at("spec", "template")
        places = (template["spec"]["requirements"], template["spec"]["taints"], template["metadata"]["labels"])
        return any(has_placeholder(place.value) for place in places)

    @property
    def unmet_min_values(self) -> tuple[Requirement, ...]:
        """The requirements whose minValues its types do not meet, so that it launches none of them; if all is known."""
        return self.instance_types.unmet_min_values if self.is_known else ()

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types that it launches, as far as they are known."""
        return () if self.not_evaluated else self.instance_types.types

    @cached_property
    def switched_off_by(self) -> tuple[str, ...]:
        """The limits of 0 by which alone it launches nothing, and `replicas` where they are 0."""
        types, limits = self.instance_types, self.spec.limits
        zero = [name for name, limit in limits.items() if not limit and _leaves_nothing(types, name)]
        return (*zero, *(["replicas"] if self.spec.replicas == 0 else []))

    @property
    def most_nodes(self) -> int | None:
        """How many nodes it has at most, or None where it does not say."""
        nodes = self.spec.limits.get("nodes") if self.spec.replicas is None else self.spec.replicas
        return None if nodes is None else int(nodes)

    @cached_property
    def disruption(self) -> Disruption:
        """When Karpenter takes its nodes away."""
        return read_disruption(self.manifest.cursor)

    def requirement(self, key: str) -> Requirement:
        """Return what the pool asks of a label."""
        return self.spec.requirements.allowed(key)

    @property
    def is_only_reserved(self) -> bool:
        """Whether it asks for reserved nodes only."""
        capacity = self.requirement(vocabulary.CAPACITY_TYPE)
        return RESERVED in capacity and ON_DEMAND not in capacity and SPOT not in capacity

    def with_device(self, resource: str) -> tuple[InstanceType, ...]:
        """Return the types it launches that have the resource."""
        return tuple(each for each in self.types if each.count(resource))


def _leaves_nothing(types: PoolInstanceTypes, resource: str) -> bool:
    """Return whether a limit of 0 on the resource leaves none of the types: all of them have some of it."""
    if resource in _OF_EVERY_NODE:
        return True
    return bool(types.available) and not types.overlaid.within({resource: Decimal(0)}, types.available)
