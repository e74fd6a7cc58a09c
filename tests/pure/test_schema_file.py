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
