"""Which objects a patch of a kustomization is for: those that its target selects, or the one that it names."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject
from cdk8s_eks_gpu.manifests.kustomize.patches import PatchError, json_patch, strategic_merge

Manifest = dict[str, Any]


def patched(
    objects: list[KubernetesObject],
    patch: Any,  # noqa: ANN401 -- any YAML
    target: Manifest | None,
    folder: str,
    *,
    may_fit_none: bool,
) -> list[KubernetesObject]:
    """Return the objects with the patch, without those that it deletes.

    Args:
        objects: The objects so far.
        patch: A strategic merge patch, or the operations of a JSON patch; what is neither changes nothing.
        target: What selects the objects; None where the patch names its object.
        folder: The folder of the kustomization, for errors.
        may_fit_none: Whether the object that the patch names may be missing, in a remote resource.

    Raises:
        PatchError: The patch fits no object, or not the object that it is for.
    """
    if not isinstance(patch, dict | list):
        return objects
    result = []
    fits_none = True
    try:
        for each in objects:
            if not _matches(each, patch, target):
                result.append(each)
                continue
            fits_none = False
            data = _apply(each.data, patch)
            if data is not None:
                result.append(replace(each, data=data))
    except (PatchError, re.error) as error:
        raise PatchError(f"{folder}: {error}") from None
    if fits_none and target is None and not may_fit_none:
        raise PatchError(f"{folder}: a patch fits no object")
    return result


def _apply(manifest: Manifest, patch: Manifest | list[Any]) -> Manifest | None:
    if isinstance(patch, list):
        return json_patch(manifest, patch)
    # With a target, the patch may name any object: the target's name stays.
    change = {key: value for key, value in patch.items() if key not in {"apiVersion", "kind", "metadata"}}
    metadata = patch.get("metadata")
    if isinstance(metadata, dict):
        change["metadata"] = {key: value for key, value in metadata.items() if key not in {"name", "namespace"}}
    return strategic_merge(manifest, change)


def _matches(each: KubernetesObject, patch: Manifest | list[Any], target: Manifest | None) -> bool:
    if target is not None:
        identity = {
            "group": each.group,
            "version": each.api_version.rpartition("/")[2],
            "kind": each.kind,
            "name": each.name,
            "namespace": each.namespace,
        }
        return all(
            re.fullmatch(str(target[key]), value) is not None for key, value in identity.items() if target.get(key)
        ) and all(
            _selects(str(target[key]), each.metadata.get(field))
            for key, field in (("labelSelector", "labels"), ("annotationSelector", "annotations"))
            if target.get(key)
        )
    if not isinstance(patch, dict):
        return False
    named = KubernetesObject("", each.document, patch)
    same = (named.kind, named.name) == (each.kind, each.name) and named.group == each.group
    return same and named.namespace in {"", each.namespace}


def _selects(selector: str, labels: Any) -> bool:  # noqa: ANN401 -- any YAML
    """Return whether a selector of `key=value` and `key` fits."""
    found = labels if isinstance(labels, dict) else {}
    terms = (term.strip().replace("==", "=").partition("=") for term in selector.split(","))
    return all(found.get(key) == value if equals else key in found for key, equals, value in terms)
