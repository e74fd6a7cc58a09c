"""A manifest as plain data -> a cdk8s object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cdk8s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

_METADATA = ("name", "namespace", "labels", "annotations")


def api_object(scope: Construct, construct_id: str, manifest: Mapping[str, Any]) -> cdk8s.ApiObject:
    """Make the cdk8s object of a whole manifest.

    cdk8s's own `metadata` stays in charge of names, labels and annotations, so that a user's app can add to them. All
    that cdk8s does not know of goes in as JSON patches: Python has no other way to it.
    """
    metadata = manifest["metadata"]
    made = cdk8s.ApiObject(
        scope,
        construct_id,
        api_version=manifest["apiVersion"],
        kind=manifest["kind"],
        metadata=cdk8s.ApiObjectMetadata(**{key: metadata[key] for key in _METADATA if key in metadata}),
    )
    others = [(f"/{key}", value) for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")]
    others += [(f"/metadata/{key}", value) for key, value in metadata.items() if key not in _METADATA]
    if others:
        made.add_json_patch(*(cdk8s.JsonPatch.add(path, value) for path, value in others))
    return made


def leave_namespaces(*objects: cdk8s.ApiObject) -> None:
    """Take the namespace off cluster-scoped objects of one chart: cdk8s stamps the Chart's on every object in it."""
    if objects and objects[0].chart.namespace is not None:
        for made in objects:
            made.add_json_patch(cdk8s.JsonPatch.remove("/metadata/namespace"))
