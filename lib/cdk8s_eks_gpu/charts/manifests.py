"""What becomes of Helm's output before it is stored: the rules that make it safe to apply without Helm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.manifests.scopes import cluster_scoped_kinds, group_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOOK = "helm.sh/hook"


def safe_manifests(documents: Iterable[dict[str, Any]], namespace: str) -> list[dict[str, Any]]:
    """Return Helm's output as it may be applied by kubectl or Argo CD.

    - Lists become their items.
    - Hooks are left out: kubectl knows none, and would run a delete hook as soon as it is applied.
    - CRDs lose their descriptions, which are two thirds of their size.
    - Every namespaced object names its namespace; `helm template --namespace` writes it only where the template does.
    - No cluster-scoped object names one.
    """
    manifests = [manifest for document in documents for manifest in _items(document) if not _is_hook(manifest)]
    cluster_scoped = cluster_scoped_kinds(manifests)
    return [_placed(_lean(manifest), namespace, group_kind(manifest) in cluster_scoped) for manifest in manifests]


def _items(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if document.get("kind", "").endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _items(item)
    else:
        yield document


def _is_hook(manifest: dict[str, Any]) -> bool:
    return HOOK in ((manifest.get("metadata") or {}).get("annotations") or {})


def _lean(manifest: dict[str, Any]) -> dict[str, Any]:
    if manifest["kind"] != "CustomResourceDefinition":
        return manifest
    versions = [
        version | {"schema": {"openAPIV3Schema": without_descriptions(version["schema"]["openAPIV3Schema"])}}
        for version in manifest["spec"]["versions"]
    ]
    return manifest | {"spec": manifest["spec"] | {"versions": versions}}


def _placed(manifest: dict[str, Any], namespace: str, cluster_scoped: bool) -> dict[str, Any]:  # noqa: FBT001 -- private
    metadata = {key: value for key, value in manifest["metadata"].items() if value is not None}
    if cluster_scoped:
        metadata.pop("namespace", None)
    else:
        metadata = {"name": metadata.pop("name"), "namespace": metadata.pop("namespace", namespace), **metadata}
    return manifest | {"metadata": metadata}


def without_descriptions(schema: dict[str, Any], *, keep_messages: bool = True) -> dict[str, Any]:
    """Return the schema without its descriptions, but with properties that happen to be named `description`.

    With `keep_messages` False, the messages of its CEL rules go too.
    """
    bare = {key: value for key, value in schema.items() if key != "description"}
    if "properties" in bare:
        bare["properties"] = {
            name: without_descriptions(child, keep_messages=keep_messages) for name, child in bare["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if isinstance(bare.get(key), dict):
            bare[key] = without_descriptions(bare[key], keep_messages=keep_messages)
    for key in ("allOf", "anyOf", "oneOf"):
        if key in bare:
            bare[key] = [without_descriptions(child, keep_messages=keep_messages) for child in bare[key]]
    if "x-kubernetes-validations" in bare and not keep_messages:
        bare["x-kubernetes-validations"] = [
            {key: value for key, value in rule.items() if key != "message"} for rule in bare["x-kubernetes-validations"]
        ]
    return bare
