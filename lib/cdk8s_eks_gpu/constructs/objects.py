"""Constructs around Kubernetes objects, made in one call into Node.js however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from constructs import Construct
from jsii._reference_map import register_reference
from msgspec import Struct
from msgspec.json import encode

from cdk8s_eks_gpu.constructs import places
from cdk8s_eks_gpu.constructs.imported import to_imported
from cdk8s_eks_gpu.objects.labels import managed
from cdk8s_eks_gpu_batch import Batch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import cdk8s

    Manifests = Mapping[str, Mapping[str, Any]]


class Objects(Construct):
    """A construct around Kubernetes objects.

    Attributes:
        imported: The class that was imported from the CRD of its objects; None makes plain ApiObjects.
    """

    imported: ClassVar[type[cdk8s.ApiObject] | None] = None

    def __init__(
        self, scope: Construct, id: str, manifests: Manifests, *, without_namespace: Collection[str] = ()
    ) -> None:
        """Make the construct and its objects.

        Args:
            scope: Where the construct goes.
            id: The construct's id.
            manifests: The objects' manifests by the ids that they have in the construct.
            without_namespace: The ids of the objects that do without the namespace of the chart, which cdk8s stamps on
                every object, cluster-scoped or not.

        Raises:
            TypeError: The imported class lacks a field of a manifest.
        """
        ((construct, objects),) = _make(scope, {id: manifests}, self.imported, without_namespace)
        self._stand_for(construct, scope, id, objects)

    @classmethod
    def _several(
        cls, scope: Construct, groups: Mapping[str, Manifests], *, without_namespace: Collection[str] = ()
    ) -> dict[str, Self]:
        """Make constructs by their ids as `__init__` does, all of them in one call."""
        constructs = {id: cls.__new__(cls) for id in groups}
        made = _make(scope, groups, cls.imported, without_namespace)
        for (id, each), (construct, objects) in zip(constructs.items(), made, strict=True):
            each._stand_for(construct, scope, id, objects)  # noqa: SLF001 -- of this class
            register_reference(each)  # As jsii does after `__init__`.
        return constructs

    def _stand_for(
        self, construct: Construct, scope: Construct, id: str, objects: Mapping[str, cdk8s.ApiObject]
    ) -> None:
        """Be Python's object for what Node.js has made."""
        self.__jsii_ref__ = construct.__jsii_ref__  # type: ignore[attr-defined]
        self._resources = objects
        places.add_place(self, scope, id)
        for key, resource in objects.items():
            places.add_place(resource, self, key)


class _Object(Struct, rename="camel"):
    """An object as imports/batch takes it."""

    id: str
    props: Mapping[str, Any]
    imported: str | None
    without_namespace: bool


class _Group(Struct):
    """A construct around objects as imports/batch takes it."""

    id: str
    objects: list[_Object]


def _make(
    scope: Construct,
    groups: Mapping[str, Manifests],
    imported: type[cdk8s.ApiObject] | None,
    without_namespace: Collection[str],
) -> Iterator[tuple[Construct, dict[str, cdk8s.ApiObject]]]:
    labelled = {id: {key: managed(manifest) for key, manifest in group.items()} for id, group in groups.items()}
    sent = [
        _Group(
            id,
            [
                _Object(
                    key,
                    manifest if imported is None else _props(manifest, imported),
                    None if imported is None else imported.__jsii_type__,  # type: ignore[attr-defined]
                    key in without_namespace,
                )
                for key, manifest in group.items()
            ],
        )
        for id, group in labelled.items()
    ]
    made = iter(Batch.add(scope, encode(sent).decode()))
    for group in labelled.values():
        construct = next(made)
        objects = {key: cast("cdk8s.ApiObject", next(made)) for key in group}
        for key, manifest in group.items():
            places.add_object(objects[key], manifest)
        yield construct, objects


def _props(manifest: Mapping[str, Any], imported: type[cdk8s.ApiObject]) -> dict[str, Any]:
    return {"metadata": manifest["metadata"], "spec": to_imported(manifest["spec"], imported)}
