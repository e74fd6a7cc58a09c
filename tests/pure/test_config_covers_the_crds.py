"""Whatever Karpenter's CRDs allow can be set, under Karpenter's own names and bounds."""

from pathlib import Path

import pytest
import yaml

from cdk8s_eks_gpu.config.node_class import NodeClassOptions
from cdk8s_eks_gpu.config.node_pool import NodePoolOptions

CRDS = Path(__file__).parents[2] / "imports/crds"
BOUNDS = ("pattern", "enum", "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "maxProperties")
# Of `requirements[].values`, the CRD puts the bounds of the items on the list, where they bound nothing.
FOR_STRINGS = {"pattern", "maxLength", "minLength"}
FRACTION = r"(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"


def spec(group, kind):
    """Return the schema of the CRD's spec."""
    crds = yaml.safe_load_all((CRDS / f"{group}.yaml").read_text(encoding="utf-8"))
    crd = next(crd for crd in crds if crd["spec"]["names"]["kind"] == kind)
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


def flattened_node_pool():
    """Return the fields of the NodePool's spec, its template and the template's spec on one level, as options are."""
    pool = spec("karpenter.sh", "NodePool")["properties"]
    template = pool.pop("template")["properties"]
    inner = template["spec"]["properties"]
    for key in ("taints", "startupTaints"):
        # Kubernetes sets it itself, on nodes; and cdk8s refuses to write the Date that cdk8s-cli's classes make of it.
        del inner[key]["items"]["properties"]["timeAdded"]
    del inner["nodeClassRef"]  # `nodeClass` names it; group and kind are always those of the EC2NodeClass.
    return {"type": "object", "properties": {**pool, **template["metadata"]["properties"], **inner}}


def resolved(model, defs):
    """Return the model's schema without its reference and without its null."""
    while "$ref" in model or "anyOf" in model:
        if "$ref" in model:
            model = defs[model["$ref"].rsplit("/", 1)[1]]
        else:
            others = [each for each in model["anyOf"] if each.get("type") != "null"]
            if len(others) > 1:
                return {"anyOf": others}
            model = others[0]
    return model


def differing_bounds(crd, model):
    """Yield each bound of the CRD's field that the model's does not have."""
    if "anyOf" in crd:  # an integer or a string: the pattern is for the string
        # With such an exponent, Karpenter cannot read what its CRD takes (runtime/quantity).
        crd = {"pattern": crd["pattern"].replace(rf"([eE](\+|-)?{FRACTION})", r"([eE](\+|-)?[0-9]+)")}
        model = next(each for each in model["anyOf"] if each.get("type") == "string")
    if "const" in model:
        model = model | {"enum": [model["const"]]}
    for bound in ("type", *BOUNDS):
        theirs, ours = (sorted(each.get(bound, [])) if bound == "enum" else each.get(bound) for each in (crd, model))
        meaningless = crd.get("type") == "array" and bound in FOR_STRINGS
        if theirs and theirs != ours and not meaningless:
            yield f"{bound} is {ours}, not {theirs}"


def missing(crd, model, defs, path=""):
    """Yield what the CRD has and the model has not, or has with another bound."""
    model = resolved(model, defs)
    yield from (f"{path}: {difference}" for difference in differing_bounds(crd, model))
    for name, child in crd.get("properties", {}).items():
        if name in model.get("properties", {}):
            yield from missing(child, model["properties"][name], defs, f"{path}.{name}")
        else:
            yield f"{path}.{name} is missing"
    if "items" in crd:
        yield from missing(crd["items"], model["items"], defs, f"{path}[]")
    if isinstance(crd.get("additionalProperties"), dict) and "anyOf" not in crd:
        values = model.get("additionalProperties") or next(iter(model["patternProperties"].values()))
        if values is True:  # whatever a user writes there
            return
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
