"""Objects left out and objects changed, after Helm has rendered them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import jsonpatch

from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions, ObjectSelector, Patch


def patched(release: HelmReleaseOptions, manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the release's objects without the excluded ones, each with the patches that are for it.

    Raises:
        ChartError: A selector matches no object, or a JSON patch does not fit its object. The message names both.
    """
    for selector in release.exclude:
        left_out = _matching(selector, manifests, release, "exclude")
        manifests = [manifest for manifest in manifests if manifest not in left_out]
    for patch in release.patches:
        targets = _matching(patch.target, manifests, release, "patch")
        manifests = [_apply(patch, manifest) if manifest in targets else manifest for manifest in manifests]
    return manifests


def name_of(manifest: Mapping[str, Any]) -> str:
    """Return the object's kind, namespace if it has one, and name: `DaemonSet/nvidia/nvdp-nvidia-device-plugin`."""
    metadata = manifest["metadata"]
    return "/".join(filter(None, (manifest["kind"], metadata.get("namespace"), metadata["name"])))


def _matching(
    selector: ObjectSelector, manifests: list[dict[str, Any]], release: HelmReleaseOptions, what: str
) -> list[dict[str, Any]]:
    matching = [manifest for manifest in manifests if _matches(selector, manifest)]
    if not matching:
        wanted = ", ".join(f"{key} {value}" for key, value in selector.model_dump(exclude_none=True).items())
        there = ", ".join(map(name_of, manifests))
        raise ChartError(f"release '{release.release}': {what} matches nothing: {wanted} (there are: {there})")
    return matching


def _matches(selector: ObjectSelector, manifest: dict[str, Any]) -> bool:
    metadata = manifest["metadata"]
    pairs = (
        (selector.kind, manifest["kind"]),
        (selector.name, metadata["name"]),
        (selector.namespace, metadata.get("namespace", "")),
    )
    return all(wanted is None or fnmatchcase(found, wanted) for wanted, found in pairs)


def _apply(patch: Patch, manifest: dict[str, Any]) -> dict[str, Any]:
    if patch.defaults is not None:
        manifest = _with_defaults(manifest, patch.defaults)
    operations = [
        operation.model_dump(by_alias=True, exclude_unset=True) | {"op": operation.op} for operation in patch.json_patch
    ]
    try:
        changed: dict[str, Any] = jsonpatch.apply_patch(manifest, operations)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        raise ChartError(f"a JSON patch does not fit {name_of(manifest)}: {error}") from None
    return changed


def _with_defaults(value: Any, defaults: Any) -> Any:  # noqa: ANN401 -- any part of a manifest
    """Return the value with what it lacks; lists whose items have names are matched by name, as Kubernetes does."""
    if isinstance(value, dict) and isinstance(defaults, dict):
        added = {key: default for key, default in defaults.items() if key not in value}
        return {key: _with_defaults(child, defaults.get(key)) for key, child in value.items()} | added
    if _named(value) and _named(defaults):
        by_name = {item["name"]: item for item in defaults}
        added_items = [item for item in defaults if item["name"] not in {own["name"] for own in value}]
        return [_with_defaults(item, by_name.get(item["name"])) for item in value] + added_items
    return value


def _named(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "name" in item for item in value)
