"""The schema facts that ship in the wheel."""

import json
from importlib import resources
from pathlib import Path

import pytest
import yaml

IMPORTS = Path(__file__).parents[3] / "imports"


def facts(name):
    """Return one of the data files."""
    return json.loads(resources.files("cdk8s_eks_gpu_schemas").joinpath(name).read_text())


def opened(nodes, place, rules):
    """Return the schema at the place as a CRD writes it, but for `anyOf` and the form of its CEL rules."""
    node = dict(nodes[place])
    if "properties" in node:
        node["properties"] = {name: opened(nodes, child, rules) for name, child in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in node:
            node[key] = opened(nodes, node[key], rules)
    if "x-kubernetes-validations" in node:
        node["x-kubernetes-validations"] = [{"rule": rules[rule]} for rule in node["x-kubernetes-validations"]]
    return node


def without_any_of(schema):
    """Return a CRD's schema without `anyOf`, which says again what x-kubernetes-int-or-string says."""
    if isinstance(schema, dict):
        return {key: without_any_of(value) for key, value in schema.items() if key != "anyOf"}
    return [without_any_of(item) for item in schema] if isinstance(schema, list) else schema


def test_the_newest_release_is_the_one_that_the_typed_classes_are_generated_from():
    """Preflight and generated classes stand on the same CRDs."""
    data = facts("karpenter.json")
    release = data["releases"][-1]
    kept = {
        (kind["apiVersion"], kind["kind"]): opened(data["nodes"], kind["schema"], data["rules"])
        for kind in release["kinds"]
    }
    crds = [crd for file in sorted((IMPORTS / "crds").glob("*.yaml")) for crd in yaml.safe_load_all(file.read_text())]
    written = {
        (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]): without_any_of(
            version["schema"]["openAPIV3Schema"]
        )
        for crd in crds
        for version in crd["spec"]["versions"]
    }
    assert kept == written


@pytest.mark.parametrize("name", ["karpenter.json", "kubernetes.json"])
def test_facts_hold_no_sentences(name):
    """Descriptions and messages of others stay out of the wheel, and no schema stands twice."""
    data = facts(name)
    assert not any({"description", "message"} & node.keys() for node in data["nodes"])
    texts = [json.dumps(node, sort_keys=True) for node in data["nodes"]]
    assert len(texts) == len(set(texts))


def test_facts_say_where_they_come_from():
    """Every release has the digests of the files that it was taken from."""
    assert all(len(file["sha256"]) == 64 for each in facts("karpenter.json")["releases"] for file in each["files"])
    assert all(len(each["sha256"]) == 64 for each in facts("kubernetes.json")["releases"])
