"""What constructs around one Kubernetes object have in common."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from cdk8s_eks_gpu.constructs.objects import Objects
from cdk8s_eks_gpu.constructs.places import identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import cdk8s
    from constructs import Construct

_RESOURCE = "Resource"


class SingleObject(Objects):
    """A construct around one Kubernetes object, its child `Resource`: cluster-scoped, if its class is imported."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        manifest: Mapping[str, Any],
        *,
        others: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        """Make the object of the manifest, and others that it needs by the ids of theirs."""
        super().__init__(scope, id, {_RESOURCE: manifest, **others}, without_namespace=self._cluster_scoped())

    @classmethod
    def of_manifests(cls, scope: Construct, manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, Self]:
        """Make a construct of each manifest, by its id, in one call: a thousand take a twentieth of the time."""
        groups = {id: {_RESOURCE: manifest} for id, manifest in manifests.items()}
        return cls._several(scope, groups, without_namespace=cls._cluster_scoped())

    @classmethod
    def _cluster_scoped(cls) -> tuple[str, ...]:
        return () if cls.imported is None else (_RESOURCE,)

    @property
    def resource(self) -> cdk8s.ApiObject:
        """The Kubernetes object, for cdk8s's own escape hatches."""
        return self._resources[_RESOURCE]

    @property
    def name(self) -> str:
        """The object's name, by which others refer to it."""
        return identity(self.resource)[-1]
