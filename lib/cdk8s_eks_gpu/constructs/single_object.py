"""What constructs around one Kubernetes object have in common."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.constructs.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    import cdk8s
    from constructs import Construct

_RESOURCE = "Resource"


class SingleObject(Objects):
    """A construct around one Kubernetes object, its child `Resource`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        manifest: Mapping[str, Any],
        imported: type[cdk8s.ApiObject] | None = None,
        *,
        others: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        """Make the object of the manifest: cluster-scoped, if it has a class that was imported from its CRD.

        Others that it needs have their manifests by the ids of their objects.
        """
        cluster_scoped = () if imported is None else (_RESOURCE,)
        super().__init__(scope, id, {_RESOURCE: manifest, **others}, imported, without_namespace=cluster_scoped)
        self._name: str = manifest["metadata"]["name"]

    @property
    def resource(self) -> cdk8s.ApiObject:
        """The Kubernetes object, for cdk8s's own escape hatches."""
        return self._resources[_RESOURCE]

    @property
    def name(self) -> str:
        """The object's name, by which others refer to it."""
        return self._name
