"""What constructs around one Kubernetes object have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.constructs.objects import Objects
from cdk8s_eks_gpu.constructs.places import identity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import cdk8s

_RESOURCE = "Resource"


class SingleObject(Objects):
    """A construct around one Kubernetes object, its child `Resource`; others that come with it go by their kind."""

    takes_namespace = True

    @classmethod
    def _names(cls, manifests: Sequence[Mapping[str, Any]]) -> list[str]:
        return [_RESOURCE, *(manifest["kind"] for manifest in manifests[1:])]

    @property
    def resource(self) -> cdk8s.ApiObject:
        """The Kubernetes object, for cdk8s's own escape hatches."""
        return self._resources[_RESOURCE]

    @property
    def name(self) -> str:
        """The object's name, by which others refer to it."""
        return identity(self.resource)[-1]
