"""Constructs around Kubernetes objects, created in one call into Node.js however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import jsii
from constructs import Construct
from jsii._reference_map import register_reference
from msgspec import Struct
from msgspec.json import encode

from cdk8s_eks_gpu.constructs import places
from cdk8s_eks_gpu.constructs.imported import to_imported
from cdk8s_eks_gpu.objects.labels import managed
from cdk8s_eks_gpu_batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import cdk8s

    Manifest = Mapping[str, Any]


class Objects(Construct):
    """A construct around Kubernetes objects.

    Attributes:
        imported: The class that was imported from the CRD of its objects; None makes plain ApiObjects.
        takes_namespace: Whether an object without a namespace takes that of the chart, if it has one. Cluster-scoped
            ones must not, and cdk8s stamps it on every object.
    """

    imported: ClassVar[type[cdk8s.ApiObject] | None] = None
    takes_namespace: ClassVar[bool] = False

    def __init__(self, scope: Construct, id: str, manifests: Iterable[Manifest]) -> None:
        """Create the construct and its objects.

        Raises:
            TypeError: The imported class lacks a field of a manifest.
        """
        ((construct, objects),) = self._create(scope, {id: manifests})
        self._stand_for(construct, scope, id, objects)

    @classmethod
    def of_manifests(cls, scope: Construct, manifests: Mapping[str, Iterable[Manifest]]) -> dict[str, Self]:
        """Make constructs of finished manifests, by their ids: a thousand in one call.

        Raises:
            TypeError: The imported class lacks a field of a manifest.
        """
        constructs = {id: cls.__new__(cls) for id in manifests}
        for (id, each), (construct, objects) in zip(constructs.items(), cls._create(scope, manifests), strict=True):
            each._stand_for(construct, scope, id, objects)  # noqa: SLF001 -- of this class
            register_reference(each)  # As jsii does after `__init__`.
        return constructs

    @classmethod
    def _create(
        cls, scope: Construct, manifests: Mapping[str, Iterable[Manifest]]
    ) -> Iterator[tuple[Construct, dict[str, cdk8s.ApiObject]]]:
        """Create constructs in Node.js; yield Python's objects for each, and for the objects in it by their ids."""
        labelled = {id: [managed(manifest) for manifest in group] for id, group in manifests.items()}
        groups = [
            _Group(id, [cls._object(*each) for each in zip(cls._names(group), group, strict=True)])
            for id, group in labelled.items()
        ]
        # Not `Batch.add`, which checks types as those that are replaced in `unchecked`.
        created = iter(jsii.sinvoke(Batch, "add", [scope, encode(groups).decode()]))
        for group in groups:
            construct, objects = next(created), {}
            for each, manifest in zip(group.objects, labelled[group.id], strict=True):
                objects[each.name] = cast("cdk8s.ApiObject", next(created))
                places.add_object(objects[each.name], manifest)
            yield construct, objects

    @classmethod
    def _object(cls, name: str, manifest: Manifest) -> _Object:
        without_namespace = not cls.takes_namespace and "namespace" not in manifest["metadata"]
        if cls.imported is None:
            return _Object(name, manifest, None, without_namespace)
        props = {"metadata": manifest["metadata"], "spec": to_imported(manifest["spec"], cls.imported)}
        return _Object(name, props, cls.imported.__jsii_type__, without_namespace)  # type: ignore[attr-defined]

    @classmethod
    def _names(cls, manifests: Sequence[Manifest]) -> list[str]:
        """Return the names that the objects have in the construct: their ids there have `-` for `/`."""
        raise NotImplementedError

    def _stand_for(
        self, construct: Construct, scope: Construct, id: str, objects: Mapping[str, cdk8s.ApiObject]
    ) -> None:
        """Be Python's object for what Node.js has created."""
        self.__jsii_ref__ = construct.__jsii_ref__  # type: ignore[attr-defined]
        self._resources = objects
        places.add_place(self, scope, id)
        for name, resource in objects.items():
            places.add_place(resource, self, name.replace("/", "-"))


class _Object(Struct, rename="camel"):
    """An object as imports/batch takes it."""

    name: str
    props: Manifest
    imported: str | None
    without_namespace: bool


class _Group(Struct):
    """A construct around objects as imports/batch takes it."""

    id: str
    objects: list[_Object]
