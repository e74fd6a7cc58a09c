"""A manifest as plain data -> a cdk8s object, in as few calls into Node.js as there can be: one to three."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import cdk8s
import jsii

from cdk8s_eks_gpu.constructs import places
from cdk8s_eks_gpu.constructs.imported import to_imported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

T = TypeVar("T", bound=cdk8s.ApiObject)

# cdk8s's own `metadata` is in charge of these, so that a user's app can add to them.
_METADATA = ("name", "namespace", "labels", "annotations")
_BUNDLE = "/cdk8s-eks-gpu"
# Whether a scope's chart has a namespace, by jsii's name for the scope.
_HAS_NAMESPACE: dict[str, bool] = {}


def custom_object(
    imported: type[T], scope: Construct, construct_id: str, manifest: Mapping[str, Any], *, remove_namespace: bool
) -> T:
    """Make the object of a custom resource, of the class that cdk8s-cli imported from its CRD.

    Raises:
        TypeError: The class lacks a field of the manifest.
    """
    props = {"metadata": manifest["metadata"], "spec": to_imported(manifest["spec"], imported)}
    resource = _create(imported, scope, construct_id, manifest, props)
    if remove_namespace:
        resource.add_json_patch(_remove("/metadata/namespace"))
    return resource


def api_object(
    scope: Construct, construct_id: str, manifest: Mapping[str, Any], *, remove_namespace: bool
) -> cdk8s.ApiObject:
    """Make the object of any manifest.

    What cdk8s has no name for goes in as JSON patches: Python has no other way to it.
    """
    metadata = manifest["metadata"]
    props = {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "metadata": {key: metadata[key] for key in _METADATA if key in metadata},
    }
    resource = _create(cdk8s.ApiObject, scope, construct_id, manifest, props)
    others = {f"/{key}": value for key, value in manifest.items() if key not in props}
    others |= {f"/metadata/{key}": value for key, value in metadata.items() if key not in _METADATA}
    patches = [*_additions(others), *([_remove("/metadata/namespace")] if remove_namespace else [])]
    if patches:
        resource.add_json_patch(*patches)
    return resource


def _create(of: type[T], scope: Construct, construct_id: str, manifest: Mapping[str, Any], props: dict[str, Any]) -> T:
    """Make an object without its class's constructor, which takes longer to check types than Node.js to do the rest."""
    resource = of.__new__(of)
    jsii.create(of, resource, [scope, construct_id, props])
    places.add_object(resource, scope, construct_id, manifest)
    return resource


def _additions(values: Mapping[str, Any]) -> list[cdk8s.JsonPatch]:
    """Return the patches that add the values at their paths. Several come in one bundle, since each patch is a call."""
    if len(values) < 2:  # noqa: PLR2004 -- a bundle of one is none
        return [cdk8s.JsonPatch.add(path, value) for path, value in values.items()]
    moves = [_move(f"{_BUNDLE}/0", path) for path in values]
    return [cdk8s.JsonPatch.add(_BUNDLE, list(values.values())), *moves, _remove(_BUNDLE)]


@cache
def _move(source: str, path: str) -> cdk8s.JsonPatch:
    return cdk8s.JsonPatch.move(source, path)


@cache
def _remove(path: str) -> cdk8s.JsonPatch:
    return cdk8s.JsonPatch.remove(path)


def has_namespace(scope: Construct) -> bool:
    """Whether the chart of the scope has a namespace: cdk8s stamps it on every object in it, cluster-scoped or not."""
    name = places.reference(scope)
    if name not in _HAS_NAMESPACE:
        chart = scope if isinstance(scope, cdk8s.Chart) else cdk8s.Chart.of(scope)
        _HAS_NAMESPACE[name] = chart.namespace is not None
    return _HAS_NAMESPACE[name]
