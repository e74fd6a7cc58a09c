"""The schemas of the CRDs of many Karpenter releases in one small file.

The preflight judges objects for the Karpenter version that the user names, so the facts of all of them ship in the
wheel. Most of a CRD does not change from one release to the next, so equal sub-schemas and equal CEL rules are kept
once and named by their number: sixteen releases fit in little more than one.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from upstream import Source

from crds import GROUPS, REPOSITORY, UPSTREAM, crd_facts

TARGET = Path(__file__).parent.parent / "imports" / "cdk8s_eks_gpu_schemas" / "karpenter.json"


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


def schema_at(place: int, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the schema at a place of a file that was written before, as `place_schema` took it."""
    node = dict(facts["nodes"][place])
    if "properties" in node:
        node["properties"] = {name: schema_at(child, facts) for name, child in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in node and not isinstance(node[key], bool):
            node[key] = schema_at(node[key], facts)
    if "x-kubernetes-validations" in node:
        node["x-kubernetes-validations"] = [{"rule": facts["rules"][rule]} for rule in node["x-kubernetes-validations"]]
    return node


def has_field(nodes: list[dict[str, Any]], place: int, path: list[str]) -> bool:
    """Return whether the schema at the place has the field; below a place where anything may stand, it has."""
    node = nodes[place]
    if not path:
        return True
    step, *rest = path
    child = node.get({"[]": "items", "*": "additionalProperties"}.get(step, ""), node.get("properties", {}).get(step))
    if isinstance(child, int) and not isinstance(child, bool):
        return has_field(nodes, child, rest)
    return bool(node.get("x-kubernetes-preserve-unknown-fields", False))


def paths(nodes: list[dict[str, Any]], place: int, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every field at and below a place, with `[]` for a list's items and `*` for a map's values."""
    node = nodes[place]
    below = list(node.get("properties", {}).items())
    for name, key in (("[]", "items"), ("*", "additionalProperties")):
        if isinstance(node.get(key), int) and not isinstance(node[key], bool):
            below.append((name, node[key]))
    for name, child in below:
        yield (*above, name)
        yield from paths(nodes, child, (*above, name))


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


def release_schemas(source: Source) -> dict[str, Any]:
    """Return what one release has: its kinds with their schemas, and the files they come from."""
    kinds = []
    files = []
    for path in source.files(UPSTREAM):
        content = source.read(path)
        spec = crd_facts(yaml.safe_load(content))["spec"]
        if spec["group"] not in GROUPS:
            continue
        files.append({"path": path, "sha256": hashlib.sha256(content).hexdigest()})
        for version in spec["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            check_known(schema)
            identity = {"apiVersion": f"{spec['group']}/{version['name']}", "kind": spec["names"]["kind"]}
            kinds.append(identity | {"scope": spec["scope"], "schema": schema})
    return {"tag": source.tag, "files": files, "kinds": kinds}


def with_release(source: Source) -> dict[str, Any]:
    """Return the facts of `karpenter.json` with the release added, or in the place of another of its minor version."""
    facts = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {"releases": []}
    releases = [
        release | {"kinds": [kind | {"schema": schema_at(kind["schema"], facts)} for kind in release["kinds"]]}
        for release in facts["releases"]
        if release["tag"].split(".")[:2] != source.tag.split(".")[:2]
    ]
    releases.append(release_schemas(source))
    releases.sort(key=lambda release: [int(number) for number in re.findall(r"\d+", release["tag"])])
    nodes, rules = Interned(), Interned()
    for release in releases:
        for kind in release["kinds"]:
            kind["schema"] = place_schema(kind["schema"], nodes, rules)
    return {"repository": REPOSITORY, "releases": releases, "rules": rules.values, "nodes": nodes.values}


def write(target: Path, facts: dict[str, Any]) -> None:
    """Write the facts as JSON, one value of each list a line, so that a refresh reads as a diff."""
    parts = []
    for key, value in facts.items():
        lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in value) if isinstance(value, list) else ""
        parts.append(f'"{key}": ' + (f"[\n{lines}\n]" if lines else json.dumps(value)))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
