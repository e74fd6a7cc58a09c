"""Gather the CRD facts of every Karpenter minor release into one small file: `python tools/schemas.py CHECKOUT`.

The preflight judges objects for the Karpenter version that the user names, so the facts of all of them ship in the
wheel. Most of a CRD does not change from one release to the next, so equal sub-schemas and equal CEL rules are kept
once and named by their number: fifteen releases fit in little more than one.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from crds import GROUPS, REPOSITORY, UPSTREAM, crd_facts, git

TARGET = Path(__file__).parent.parent / "imports" / "cdk8s_eks_gpu_schemas" / "karpenter.json"

# The newest patch release of every minor that the preflight knows.
TAGS = (
    "v1.0.14",
    "v1.1.10",
    "v1.2.8",
    "v1.3.8",
    "v1.4.4",
    "v1.5.8",
    "v1.6.8",
    "v1.7.6",
    "v1.8.8",
    "v1.9.2",
    "v1.10.2",
    "v1.11.3",
    "v1.12.2",
    "v1.13.1",
    "v1.14.1",
)


class Interned:
    """A list in which equal values stand once, each known by its place."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.values: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, value: object) -> int:
        """Return the place of the value, which is added if it is not there yet."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def place_schema(schema: dict[str, Any], nodes: Interned, rules: Interned) -> int:
    """Return the place of the schema, after its sub-schemas and rules have found theirs."""
    node = dict(schema)
    # The format of int-or-string is said twice in a CRD; the preflight reads the extension.
    node.pop("anyOf", None)
    if "properties" in node:
        node["properties"] = {name: place_schema(child, nodes, rules) for name, child in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            node[key] = place_schema(node[key], nodes, rules)
    if "x-kubernetes-validations" in node:
        node["x-kubernetes-validations"] = [rules.place(rule["rule"]) for rule in node["x-kubernetes-validations"]]
    return nodes.place(node)


def check_known(schema: dict[str, Any]) -> None:
    """Stop where a CRD says something that the preflight does not read, so that no rule is lost in silence."""
    for rule in schema.get("x-kubernetes-validations", []):
        if set(rule) != {"rule"}:
            raise SystemExit(f"A CEL rule has {sorted(set(rule) - {'rule'})}, which the preflight does not read yet.")
    if schema.get("anyOf", [{"type": "integer"}, {"type": "string"}]) != [{"type": "integer"}, {"type": "string"}]:
        raise SystemExit(f"An anyOf other than int-or-string: {schema['anyOf']}")
    for child in schema.get("properties", {}).values():
        check_known(child)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            check_known(schema[key])


def release_facts(checkout: str, tag: str, nodes: Interned, rules: Interned) -> dict[str, Any]:
    """Return what one release has: its kinds, their schemas, and the files they come from."""
    kinds = []
    files = []
    for path in sorted(git(checkout, "ls-tree", "--name-only", tag, f"{UPSTREAM}/").decode().split()):
        content = git(checkout, "show", f"{tag}:{path}")
        spec = crd_facts(yaml.safe_load(content))["spec"]
        if spec["group"] not in GROUPS:
            continue
        files.append({"path": path, "sha256": hashlib.sha256(content).hexdigest()})
        for version in spec["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            check_known(schema)
            kinds.append(
                {
                    "apiVersion": f"{spec['group']}/{version['name']}",
                    "kind": spec["names"]["kind"],
                    "scope": spec["scope"],
                    "schema": place_schema(schema, nodes, rules),
                }
            )
    return {"tag": tag, "files": files, "kinds": kinds}


def write(target: Path, facts: dict[str, Any]) -> None:
    """Write the facts as JSON, one value of each list a line, so that a refresh reads as a diff."""
    parts = []
    for key, value in facts.items():
        lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in value) if isinstance(value, list) else ""
        parts.append(f'"{key}": ' + (f"[\n{lines}\n]" if lines else json.dumps(value)))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def main(checkout: str) -> None:
    """Write the facts of all releases."""
    nodes, rules = Interned(), Interned()
    releases = [release_facts(checkout, tag, nodes, rules) for tag in TAGS]
    write(TARGET, {"repository": REPOSITORY, "releases": releases, "rules": rules.values, "nodes": nodes.values})


if __name__ == "__main__":
    main(*sys.argv[1:])
