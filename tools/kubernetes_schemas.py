"""Gather the schemas of Kubernetes' own kinds out of kubernetes-validate: `python tools/kubernetes_schemas.py`.

The package has every schema of thirteen Kubernetes versions with their descriptions, 72 MB of them. Their facts, each
equal one kept once, are a hundredth of that, and ship in the wheel in the form that `tools/schemas.py` writes.
"""

import hashlib
import json
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from schemas import Interned, write

PACKAGE = "kubernetes-validate"
TARGET = Path(__file__).parent.parent / "imports" / "cdk8s_eks_gpu_schemas" / "kubernetes.json"
_KEPT = ("format", "required")
# What the preflight judges apart from the schema, for every kind alike.
_SERVERS_OWN = ("apiVersion", "kind", "metadata")


class Definitions:
    """The definitions of one Kubernetes version, each placed once."""

    def __init__(self, definitions: dict[str, Any], nodes: Interned) -> None:
        """Take the definitions as kubernetes-validate has them."""
        self._definitions = definitions
        self._nodes = nodes
        self._places: dict[str, int] = {}
        self._open: list[str] = []

    def place(self, name: str) -> int:
        """Return the place of a definition. One that contains itself, as CRD schemas do, takes anything inside."""
        if name in self._open:
            return self._nodes.place({})
        if name not in self._places:
            self._open.append(name)
            self._places[name] = self._place_schema(self._definitions[name])
            self._open.pop()
        return self._places[name]

    def place_kind(self, name: str) -> int:
        """Return the place of a kind, without the fields that all kinds share."""
        schema = dict(self._definitions[name])
        schema["properties"] = {key: value for key, value in schema["properties"].items() if key not in _SERVERS_OWN}
        return self._place_schema(schema)

    def _place_schema(self, schema: dict[str, Any]) -> int:
        if "$ref" in schema:
            return self.place(schema["$ref"].rpartition("/")[2])
        if "oneOf" in schema:  # Quantity and IntOrString
            types = {kind for choice in schema["oneOf"] for kind in choice["type"]}
            return self._nodes.place({"x-kubernetes-int-or-string": True} if "integer" in types else {"quantity": True})
        kind = schema.get("type", "object")
        node: dict[str, Any] = {"type": kind if isinstance(kind, str) else kind[0]}
        node.update({key: schema[key] for key in _KEPT if key in schema})
        if "properties" in schema:
            node["properties"] = {key: self._place_schema(child) for key, child in schema["properties"].items()}
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                node[key] = self._place_schema(schema[key])
        if node == {"type": "object"}:  # RawExtension and the like: whatever a user writes there
            node = {}
        return self._nodes.place(node)


def release_facts(folder: str, nodes: Interned) -> dict[str, Any]:
    """Return the kinds of one Kubernetes version and their schemas."""
    base = resources.files("kubernetes_validate").joinpath("kubernetes-json-schema", folder)
    content = base.joinpath("_definitions.json").read_bytes()
    definitions = json.loads(content)
    definitions = definitions.get("$defs") or definitions["definitions"]
    placed = Definitions(definitions, nodes)
    kinds = []
    for name, schema in sorted(definitions.items()):
        identities = schema.get("x-kubernetes-group-version-kind", [])
        if len(identities) != 1 or "metadata" not in schema.get("properties", {}):
            continue
        group, version, kind = (identities[0][key] for key in ("group", "version", "kind"))
        if kind.endswith("List"):
            continue
        api_version = f"{group}/{version}" if group else version
        kinds.append({"apiVersion": api_version, "kind": kind, "schema": placed.place_kind(name)})
    tag = folder.removesuffix("-local")
    return {"tag": tag, "sha256": hashlib.sha256(content).hexdigest(), "kinds": kinds}


def main() -> None:
    """Write the facts of all versions."""
    nodes = Interned()
    base = resources.files("kubernetes_validate").joinpath("kubernetes-json-schema")
    folders = [entry.name for entry in base.iterdir() if entry.name.endswith("-local")]
    folders.sort(key=lambda name: [int(part) for part in name[1:].removesuffix("-local").split(".")])
    releases = [release_facts(folder, nodes) for folder in folders]
    source = f"{PACKAGE} {metadata.version(PACKAGE)} (from Kubernetes' OpenAPI description, Apache-2.0)"
    write(TARGET, {"source": source, "releases": releases, "nodes": nodes.values})


if __name__ == "__main__":
    main()
