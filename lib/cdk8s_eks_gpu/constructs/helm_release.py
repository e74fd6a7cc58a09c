"""A Helm chart as cdk8s objects, from the store of renderings: what is there needs no Helm and no network."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.constructs.objects import Objects
from cdk8s_eks_gpu.objects.helm_release import helm_release
from cdk8s_eks_gpu.objects.ignore import identity_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import cdk8s
    from constructs import Construct

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions


class ChartObjects(Objects):
    """The objects of a Helm chart."""

    @classmethod
    def _names(cls, manifests: Sequence[Mapping[str, Any]]) -> list[str]:
        names: list[str] = []
        for manifest in manifests:
            kind, *place = filter(None, identity_of(manifest))
            group = manifest["apiVersion"].rpartition("/")[0]
            name = "/".join([kind, *place])
            # Kinds of two groups may share their name: Kubernetes and Knative have a Service.
            names.append("/".join([f"{kind}.{group}", *place]) if name in names else name)
        return names

    @property
    def objects(self) -> Mapping[str, cdk8s.ApiObject]:
        """The objects by name: `DaemonSet/kube-system/aws-efa-k8s-device-plugin`, `Namespace/nvidia`."""
        return MappingProxyType(self._resources)


class HelmRelease(ChartObjects):
    """The objects of a Helm release, and its Namespace."""

    def __init__(self, scope: Construct, id: str, options: HelmReleaseOptions) -> None:
        """Take the release's objects from the store.

        Raises:
            RenderingMissingError: The release was never rendered with these options; the message names the command.
            ChartError: A patch or an exclusion matches nothing; the message names it and what there is.
        """
        super().__init__(scope, id, helm_release(options))
