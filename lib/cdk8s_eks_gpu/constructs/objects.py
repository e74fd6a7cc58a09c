"""A construct around Kubernetes objects, made in one call into Node.js however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from constructs import Construct
from msgspec import UNSET, Struct, UnsetType
from msgspec.json import encode

from cdk8s_eks_gpu.constructs import places
from cdk8s_eks_gpu.constructs.imported import to_imported
from cdk8s_eks_gpu.objects.labels import managed
from cdk8s_eks_gpu_batch import Batch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import cdk8s


class _Description(Struct, rename="camel"):
    """An object as imports/batch takes it."""

    id: str
    props: Mapping[str, Any]
    without_namespace: bool
    imported: str | UnsetType = UNSET


class _Group(Struct):
    id: str
    objects: list[_Description]


class Objects(Construct):
    """A construct around Kubernetes objects."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        manifests: Mapping[str, Mapping[str, Any]],
        imported: type[cdk8s.ApiObject] | None = None,
        *,
        without_namespace: Collection[str] = (),
    ) -> None:
        """Make the construct and its objects.

        Args:
            scope: Where the construct goes.
            id: The construct's id.
            manifests: The objects' manifests by the ids that they have in the construct.
            imported: The class that was imported from the CRD of all of them; None makes plain ApiObjects.
            without_namespace: The ids of the objects that do without the namespace of the chart, which cdk8s stamps on
                every object, cluster-scoped or not.

        Raises:
            TypeError: The class lacks a field of a manifest.
        """
        manifests = {key: managed(manifest) for key, manifest in manifests.items()}
        fqn = UNSET if imported is None else imported.__jsii_type__  # type: ignore[attr-defined]
        objects = [
            _Description(
                key, manifest if imported is None else _props(manifest, imported), key in without_namespace, fqn
            )
            for key, manifest in manifests.items()
        ]
        construct, *resources = cast("list[cdk8s.ApiObject]", Batch.add(scope, encode([_Group(id, objects)]).decode()))
        # As `super().__init__` does, which makes a construct by a call of its own.
        self.__jsii_ref__ = construct.__jsii_ref__  # type: ignore[attr-defined]
        self._resources = dict(zip(manifests, resources, strict=True))
        places.add_place(self, scope, id)
        for key, manifest in manifests.items():
            places.add_object(self._resources[key], self, key, manifest)


def _props(manifest: Mapping[str, Any], imported: type[cdk8s.ApiObject]) -> dict[str, Any]:
    return {"metadata": manifest["metadata"], "spec": to_imported(manifest["spec"], imported)}
