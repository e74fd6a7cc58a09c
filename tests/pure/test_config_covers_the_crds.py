"""Whatever Karpenter's CRDs allow can be set, under Karpenter's own names and bounds."""

from pathlib import Path

import pytest
import yaml

from cdk8s_eks_gpu.config.node_class import NodeClassOptions
from cdk8s_eks_gpu.config.node_pool import NodePoolOptions

CRDS = Path(__file__).parents[2] / "imports/crds/v1.14.1"
BOUNDS = ("pattern", "enum", "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "maxProperties")
# The CRD puts a bound for a list's items on the list itself, where it holds nothing, or lets a CEL rule hold it.
STRICTER = {"pattern", "maxLength", "minLength"}


def spec(group, kind):
    crds = yaml.safe_load_all((CRDS / f"{group}.yaml").read_text(encoding="utf-8"))
    crd = next(crd for crd in crds if crd["spec"]["names"]["kind"] == kind)
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


def flattened_node_pool():
    """The fields of the NodePool's spec, its template and the template's spec on one level, as the options have them."""
    pool = spec("karpenter.sh", "NodePool")["properties"]
    template = pool.pop("template")["properties"]
    inner = template["spec"]["properties"]
    del inner["nodeClassRef"]  # `nodeClass` names it; group and kind are always those of the EC2NodeClass.
    return {"type": "object", "properties": {**pool, **template["metadata"]["properties"], **inner}}


def missing(crd, model, defs, path=""):
    """Walk both schemas and yield what the CRD has and the model has not, or has with another bound."""
    while "$ref" in model:
        model = defs[model["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in model and "anyOf" not in crd:
        model = next(one for one in model["anyOf"] if one.get("type") != "null")
        yield from missing(crd, model, defs, path)
        return
    if crd.get("anyOf"):  # int or string
        strings = next(one for one in model["anyOf"] if one.get("type") == "string")
        if strings.get("pattern") != crd["pattern"]:
            yield f"{path}: pattern"
        return
    for bound in BOUNDS:
        ours = model.get(bound)
        if bound == "enum" and "const" in model:
            ours = [model["const"]]
        theirs = crd.get(bound)
        if crd.get("type") == "array" and bound in STRICTER:
            continue
        if theirs is not None and (sorted(ours or []) if bound == "enum" else ours) != (
            sorted(theirs) if bound == "enum" else theirs
        ):
            yield f"{path}: {bound} is {ours}, not {theirs}"
    if crd.get("type") != model.get("type"):
        yield f"{path}: type is {model.get('type')}, not {crd.get('type')}"
    for name, child in crd.get("properties", {}).items():
        if name not in model.get("properties", {}):
            yield f"{path}.{name}: missing"
        else:
            yield from missing(child, model["properties"][name], defs, f"{path}.{name}")
    if "items" in crd:
        yield from missing(crd["items"], model["items"], defs, f"{path}[]")
    if isinstance(crd.get("additionalProperties"), dict):
        values = model.get("additionalProperties") or next(iter(model["patternProperties"].values()))
        yield from missing(crd["additionalProperties"], values, defs, f"{path}{{}}")


@pytest.mark.parametrize(
    ("crd", "options"),
    [
        pytest.param(flattened_node_pool(), NodePoolOptions, id="NodePool"),
        pytest.param(spec("karpenter.k8s.aws", "EC2NodeClass"), NodeClassOptions, id="EC2NodeClass"),
    ],
)
def test_every_field_of_the_crd_can_be_set(crd, options):
    """Each field of the CRD has an option of the same name, type and bounds."""
    model = options.model_json_schema()
    assert list(missing(crd, model, model["$defs"])) == []
