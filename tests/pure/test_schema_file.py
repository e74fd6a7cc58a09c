import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def schema():
    """Return the committed schema."""
    return json.loads((ROOT / "cluster.schema.json").read_text(encoding="utf-8"))


def test_the_committed_schema_is_the_one_that_the_command_prints():
    """Editors are told what the models say today."""
    assert CliRunner().invoke(main, ["schema"]).output == (ROOT / "cluster.schema.json").read_text(encoding="utf-8")


def test_cluster_yaml_points_to_the_schema_and_obeys_it(schema):
    """The example of the repository is valid for editors too."""
    text = (ROOT / "cluster.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./cluster.schema.json\n")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(text), schema)


def test_the_schema_refuses_what_the_reader_refuses(schema):
    """An unknown key and a key without a value are wrong to the editor as they are to the reader."""
    config = yaml.safe_load((ROOT / "cluster.yaml").read_text(encoding="utf-8"))
    for change in ({"nodePoolz": {}}, {"plugins": {"nvidia": None}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(config | change, schema)


def test_every_option_is_described(schema):
    """Whoever hovers over a key in an editor reads what it is."""
    undescribed = [
        f"{name}.{key}"
        for name, model in schema["$defs"].items()
        for key, value in model.get("properties", {}).items()
        if not value.get("description")
    ]
    assert undescribed == []


PART = """\
extends: base.yaml
cluster: {name: prod}
nodePools:
  gpu: {limits: {memory: null, cpu: 4000}, taints: null}
  spare: null
smokeTests: null
"""


@pytest.fixture(scope="module")
def part():
    """Return the committed schema of bases and of what extends them."""
    return json.loads((ROOT / "cluster-part.schema.json").read_text(encoding="utf-8"))


def test_the_committed_schema_of_a_part_is_the_one_that_the_command_prints(part):
    """It is the same models, of which nothing is required."""
    assert json.loads(CliRunner().invoke(main, ["schema", "--part"]).output) == part
    jsonschema.Draft202012Validator.check_schema(part)


def test_a_part_need_not_be_whole_and_takes_null(part, schema):
    """A file on top of a base, and the base, are valid for editors, with their own schema only."""
    for text in (PART, "nodePools: {gpu: {nodeClass: gpu}}"):
        jsonschema.validate(yaml.safe_load(text), part)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.safe_load(text), schema)
    jsonschema.validate(yaml.safe_load((ROOT / "cluster.yaml").read_text(encoding="utf-8")), part)


@pytest.mark.parametrize("text", ["nodePoolz: {}", "nodePools: {gpu: {capacityTypes: [spott]}}", "extends: 3"])
def test_a_part_is_checked_all_the_same(part, text):
    """What is wrong in a whole file is wrong in a part."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), part)
