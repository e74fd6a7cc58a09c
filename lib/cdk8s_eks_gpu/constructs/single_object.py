"""What constructs around one Kubernetes object have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs import Construct

from cdk8s_eks_gpu.constructs.api_object import api_object, custom_object, has_namespace
from cdk8s_eks_gpu.constructs.places import add_place
from cdk8s_eks_gpu.objects.labels import managed

if TYPE_CHECKING:
    import cdk8s


class SingleObject(Construct):
    """A construct around one Kubernetes object, its child `Resource`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        manifest: dict[str, Any],
        imported: type[cdk8s.ApiObject] | None = None,
    ) -> None:
        """Make the object of the manifest: cluster-scoped, if it has a class that was imported from its CRD."""
        manifest = managed(manifest)
        super().__init__(scope, id)
        add_place(self, scope, id)
        self._name: str = manifest["metadata"]["name"]
        self._resource = (
            api_object(self, "Resource", manifest, remove_namespace=False)
            if imported is None
            else custom_object(imported, self, "Resource", manifest, remove_namespace=has_namespace(scope))
        )

    @property
    def resource(self) -> cdk8s.ApiObject:
        """The Kubernetes object, for cdk8s's own escape hatches."""
        return self._resource

    @property
    def name(self) -> str:
        """The object's name, by which others refer to it."""
        return self._name
