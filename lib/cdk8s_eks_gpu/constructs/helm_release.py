"""A Helm chart as cdk8s objects, from the store of renderings: what is there needs no Helm and no network."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.constructs.objects import Objects
from cdk8s_eks_gpu.objects.helm_release import helm_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import cdk8s
    from constructs import Construct

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions


class ChartObjects(Objects):
    """The objects of a Helm chart."""

    def __init__(self, scope: Construct, id: str, manifests: Iterable[Mapping[str, Any]]) -> None:
        """Make the objects."""
        places = {tuple(_place(manifest)): manifest for manifest in manifests}
        cluster_scoped = {
            "-".join(place) for place, manifest in places.items() if "namespace" not in manifest["metadata"]
        }
        super().__init__(
            scope,
            id,
            {"-".join(place): manifest for place, manifest in places.items()},
            without_namespace=cluster_scoped,
        )
        self._objects = MappingProxyType({"/".join(place): self._resources["-".join(place)] for place in places})

    @property
    def objects(self) -> Mapping[str, cdk8s.ApiObject]:
        """The objects by name: `DaemonSet/kube-system/aws-efa-k8s-device-plugin`, `Namespace/nvidia`."""
        return self._objects


def _place(manifest: Mapping[str, Any]) -> list[str]:
    metadata = manifest["metadata"]
    return [manifest["kind"], *filter(None, [metadata.get("namespace")]), metadata["name"]]


class HelmRelease(ChartObjects):
    """The objects of a Helm release, and its Namespace."""

    def __init__(self, scope: Construct, id: str, options: HelmReleaseOptions) -> None:
        """Take the release's objects from the store.

        Raises:
            RenderingMissingError: The release was never rendered with these options; the message names the command.
            ChartError: A patch or an exclusion matches nothing; the message names it and what there is.
        """
        super().__init__(scope, id, helm_release(options))
