"""A Helm chart as cdk8s objects, from the store of renderings: what is there needs no Helm and no network."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from constructs import Construct

from cdk8s_eks_gpu.charts.namespaces import namespace_of
from cdk8s_eks_gpu.charts.on_demand import load_or_render
from cdk8s_eks_gpu.constructs.manifest import api_object, leave_namespaces
from cdk8s_eks_gpu.constructs.preflight import check_at_synthesis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import cdk8s

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions


class ChartObjects(Construct):
    """The objects of a Helm chart."""

    def __init__(self, scope: Construct, id: str, manifests: Iterable[Mapping[str, Any]]) -> None:
        """Make the objects."""
        super().__init__(scope, id)
        objects = {}
        for manifest in manifests:
            metadata = manifest["metadata"]
            place = [manifest["kind"], *filter(None, [metadata.get("namespace")]), metadata["name"]]
            objects["/".join(place)] = api_object(self, "-".join(place), manifest)
        leave_namespaces(*(made for name, made in objects.items() if name.count("/") == 1))
        self._objects = MappingProxyType(objects)
        check_at_synthesis(self, objects.values())

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
        manifests = load_or_render(options)
        if options.exclude or options.patches:
            from cdk8s_eks_gpu.charts.patches import patched  # noqa: PLC0415 -- few releases need it

            manifests = patched(options, manifests)
        super().__init__(scope, id, [*namespace_of(options), *manifests])
