"""The examples on a real API server: their dist/, and the manifests beside it (pods, what Argo CD and Flux take)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rehearsal import drift
from rehearsal.api import wait_for
from rehearsal.versions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.api import Answer, Api, Manifest

EXAMPLES = ROOT / "examples"
RECORDED = ROOT / "tests" / "rehearsal" / "recorded" / "examples.jsonl"
SCHEMAS = ROOT / "tests" / "fixtures" / "delivery" / "schemas.json"


def folders() -> list[Path]:
    """Return the folders below examples/ that synthesis wrote: those with a marker, and the dist/ of each app."""
    of_apps = {app.parent / "dist" for app in EXAMPLES.glob("*/app.py")}
    return sorted(of_apps | {marker.parent for marker in EXAMPLES.rglob(".eks-gpu")})


def files() -> dict[Path, list[Manifest]]:
    """Return the manifests that lie beside dist/, by file; a cluster.yaml and its like have none."""
    found = {file: [*filter(_is_manifest, drift.read_file(file))] for file in sorted(EXAMPLES.glob("*/*.yaml"))}
    return {file: manifests for file, manifests in found.items() if manifests}


def answers(api: Api) -> Iterator[dict[str, Any]]:
    """Yield, for each folder and file of the examples, which objects the API server takes and refuses.

    All are dry runs with strict validation; the namespaces that manifests live in are made first.
    """
    for folder in folders():
        yield {"of": str(folder.relative_to(EXAMPLES)), **_admitted(api, [*drift.read(folder)])}
    api.install_crds(crds())
    wait_for(lambda: all(_is_listed(api, *key.split()) for key in kinds()))
    for namespace in ("argocd", "flux-system"):
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for file, manifests in files().items():
        yield {"of": str(file.relative_to(EXAMPLES)), **_admitted(api, manifests)}


def _admitted(api: Api, manifests: list[Manifest]) -> dict[str, Any]:
    for manifest in manifests:
        if manifest["kind"] == "Namespace":
            api.create(manifest)
    said = {drift.name(manifest): _ask(api, manifest) for manifest in manifests}
    refused = {name: answer.message for name, answer in said.items() if not answer.accepted}
    return {"taken": sorted(said.keys() - refused.keys()), **({"refused": refused} if refused else {})}


def _ask(api: Api, manifest: Manifest) -> Answer:
    """Return the answer to a server-side apply as a dry run, which does not mind whether the object is there."""
    query = "fieldManager=examples&force=true&fieldValidation=Strict&dryRun=All"
    path = f"{api.path(manifest)}/{manifest['metadata']['name']}?{query}"
    return api.request("PATCH", path, manifest, "application/apply-patch+yaml")


def _is_listed(api: Api, api_version: str, kind: str) -> bool:
    """Whether the API server tells of a kind; it serves objects of a new one before that."""
    resources = api.request("GET", f"/apis/{api_version}").body.get("resources") or []
    return any(resource["kind"] == kind for resource in resources)


def kinds() -> dict[str, Any]:
    """Return the schemas of delivery by API version and kind."""
    found: dict[str, Any] = json.loads(SCHEMAS.read_text(encoding="utf-8"))["kinds"]
    return found


def crds() -> Iterator[Manifest]:
    """Yield the CRDs of delivery, without descriptions."""
    definitions = json.loads(SCHEMAS.read_text(encoding="utf-8"))["$defs"]
    for key, reference in kinds().items():
        api_version, kind = key.split()
        group, version = api_version.split("/")
        plural = f"{kind.lower()}s".replace("ys", "ies")
        served = {"name": version, "served": True, "storage": True}
        schema = _schema(reference, definitions)
        schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
        yield {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
                "versions": [{**served, "schema": {"openAPIV3Schema": schema}}],
            },
        }


def _schema(reference: dict[str, str], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a CRD that the reference stands for."""
    schema = dict(definitions[reference["$ref"].rpartition("/")[2]])
    if schema.get("additionalProperties") is False:  # a CRD need not say it: fields are unknown, or kept
        del schema["additionalProperties"]
    if schema.get("x-kubernetes-int-or-string"):
        del schema["type"]
    if rules := schema.get("x-kubernetes-validations"):
        schema["x-kubernetes-validations"] = [{"rule": rule} for rule in rules]
    for key in ("items", "additionalProperties"):
        if key in schema:
            schema[key] = _schema(schema[key], definitions)
    if "properties" in schema:
        schema["properties"] = {
            name: _schema(child, definitions) if "$ref" in child else child
            for name, child in schema["properties"].items()
        }
    return schema


def _is_manifest(document: Any) -> bool:
    return isinstance(document, dict) and "kind" in document
