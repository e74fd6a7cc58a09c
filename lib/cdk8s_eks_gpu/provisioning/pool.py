"""A NodePool of some manifests, with its node class: what it launches, and when its nodes end."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.templates import has_placeholder
from cdk8s_eks_gpu.provisioning.disruption import Disruption, read_disruption
from cdk8s_eks_gpu.provisioning.not_evaluated import NotEvaluated, not_evaluated
from cdk8s_eks_gpu.requirements import Operator

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.node_class import NodeClass
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool
    from cdk8s_eks_gpu.provisioning.pool_instance_types import PoolInstanceTypes
    from cdk8s_eks_gpu.provisioning.registration import Registration
    from cdk8s_eks_gpu.requirements import Requirement

_NAMES_TYPES = (vocabulary.INSTANCE_TYPE, vocabulary.INSTANCE_FAMILY)


class Pool(Struct, frozen=True, eq=False, dict=True):
    """A NodePool of the manifests.

    Attributes:
        manifest: Its manifest.
        spec: What Karpenter knows of its nodes.
        node_class: Its node class; one that says nothing where the manifests do not have it.
        node_class_manifest: The manifest of its node class, if there is one.
        instance_types: What it launches and hosts, as if it had no name: shared with pools that are otherwise equal.
        registration: How devices of its nodes get registered; shared likewise.
    """

    manifest: KubernetesObject
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
        named = map(self.requirement, _NAMES_TYPES)
        return tuple(
            value
            for requirement in named
            if requirement.operator is Operator.IN
            for value in sorted(requirement.values - self.instance_types.catalogue.label_values(requirement.key))
        )

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
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types that it launches, as far as they are known."""
        return () if self.not_evaluated else self.instance_types.types

    @cached_property
    def disruption(self) -> Disruption:
        """When Karpenter takes its nodes away."""
        return read_disruption(self.manifest.cursor)

    def requirement(self, key: str) -> Requirement:
        """Return what the pool asks of a label."""
        return self.spec.requirements.allowed(key)

    def with_device(self, resource: str) -> tuple[InstanceType, ...]:
        """Return the types it launches that have the resource."""
        return tuple(each for each in self.types if each.count(resource))
