"""A Helm chart as cdk8s objects, from the store of renderings: what is there needs no Helm and no network."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from constructs import Construct

from cdk8s_eks_gpu.constructs.api_object import api_object, has_namespace
from cdk8s_eks_gpu.constructs.places import add_place
from cdk8s_eks_gpu.objects.helm_release import helm_release
from cdk8s_eks_gpu.objects.labels import managed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import cdk8s

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions


class ChartObjects(Construct):
    """The objects of a Helm chart."""

    def __init__(self, scope: Construct, id: str, manifests: Iterable[Mapping[str, Any]]) -> None:
        """Make the objects."""
        super().__init__(scope, id)
        add_place(self, scope, id)
        objects = {}
        for manifest in map(managed, manifests):
            metadata = manifest["metadata"]
            remove_namespace = "namespace" not in metadata and has_namespace(scope)
            place = [manifest["kind"], *filter(None, [metadata.get("namespace")]), metadata["name"]]
            resource = api_object(self, "-".join(place), manifest, remove_namespace=remove_namespace)
            objects["/".join(place)] = resource
        self._objects = MappingProxyType(objects)

    @property
    def objects(self) -> Mapping[str, cdk8s.ApiObject]:
        """The objects by name: `DaemonSet/kube-system/aws-efa-k8s-device-plugin`, `Namespace/nvidia`."""
        return self._objects


class HelmRelease(ChartObjects):
    """The objects of a Helm release, and its Namespace."""

    def __init__(self, scope: Construct, id: str, options: HelmReleaseOptions) -> None:
        """Take the release's objects from the store.

        Raises:
            RenderingMissingError: The release was never rendered with these options; the message names the command.
            ChartError: A patch or an exclusion matches nothing; the message names it and what there is.
        """
        super().__init__(scope, id, helm_release(options))
