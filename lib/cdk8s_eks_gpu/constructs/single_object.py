"""What constructs around one Kubernetes object have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from cdk8s_eks_gpu.constructs.preflight import check_at_synthesis

if TYPE_CHECKING:
    import cdk8s


class SingleObject(Construct):
    """A construct around one Kubernetes object, its child `Resource`."""

    _resource: cdk8s.ApiObject

    def _hold(self, resource: cdk8s.ApiObject) -> None:
        """Take the object that the construct is around, and have it checked at synthesis."""
        self._resource = resource
        check_at_synthesis(self, [resource])

    @property
    def resource(self) -> cdk8s.ApiObject:
        """The Kubernetes object, for cdk8s's own escape hatches."""
        return self._resource

    @property
    def name(self) -> str:
        """The object's name, by which others refer to it."""
        return self._resource.name
