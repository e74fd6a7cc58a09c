"""The schemas of what examples/ hands to Argo CD and Flux, for the tests: `python tools/delivery_schemas.py`.

They come from the Go module proxy, lose their descriptions, and keep each equal part once. As Kubernetes does with
strict validation, they refuse fields that they do not know.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from upstream import Module

TARGET = Path(__file__).parent.parent / "tests" / "fixtures" / "delivery" / "schemas.json"
SOURCES = {
    Module("github.com/argoproj/argo-cd/v3", "v3.5.1"): [
        f"manifests/crds/{kind}-crd.yaml" for kind in ("application", "applicationset", "appproject")
    ],
    Module("github.com/fluxcd/kustomize-controller", "v1.9.4"): [
        "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml"
    ],
    Module("github.com/fluxcd/source-controller", "v1.9.1"): [
        "config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml"
    ],
}
KEPT = ("type", "enum", "format", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")
EXTENSION = "x-kubernetes-"


def main() -> None:
    """Write the file."""
    parts: dict[str, str] = {}
    kinds, sources = {}, []
    for module, paths in SOURCES.items():
        for path in paths:
            text = module.read(path)
            crd = yaml.safe_load(text)["spec"]
            version = next(version for version in crd["versions"] if version["storage"])
            schema = version["schema"]["openAPIV3Schema"]
            schema["properties"].pop("status", None)
            api_version = f"{crd['group']}/{version['name']}"
            kinds[f"{api_version} {crd['names']['kind']}"] = _place(schema, parts, is_object=True)
            digest = hashlib.sha256(text).hexdigest()
            sources.append({"module": module.name, "version": module.tag, "path": path, "sha256": digest})
    definitions = {name: json.loads(part) for part, name in parts.items()}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    data = {"sources": sources, "kinds": kinds, "$defs": definitions}
    TARGET.write_text(json.dumps(data, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")


def _place(schema: dict[str, Any], parts: dict[str, str], *, is_object: bool = False) -> dict[str, str]:
    """Return a reference to the schema, after its parts have found their places."""
    facts = {key: schema[key] for key in KEPT if key in schema}
    for key in ("required", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"):
        if schema.get(key):
            facts[key] = schema[key]
    if rules := schema.get(f"{EXTENSION}validations"):
        facts[f"{EXTENSION}validations"] = [rule["rule"] for rule in rules]
    if facts.get(f"{EXTENSION}int-or-string"):
        facts["type"] = ["integer", "string"]
    if "properties" in schema:
        facts["properties"] = {
            # What the metadata of an object may say, the CRD leaves to Kubernetes.
            key: {"type": "object"} if is_object and key == "metadata" else _place(child, parts)
            for key, child in schema["properties"].items()
        }
        if f"{EXTENSION}preserve-unknown-fields" not in facts:
            facts["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            facts[key] = _place(schema[key], parts)
    name = parts.setdefault(json.dumps(facts, sort_keys=True), str(len(parts)))
    return {"$ref": f"#/$defs/{name}"}


if __name__ == "__main__":
    main()
