"""Nothing of a manifest is lost on its way through the classes that are imported from Karpenter's CRDs."""

from pathlib import Path

import cdk8s
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.objects.labels import managed
from cdk8s_eks_gpu_crds.aws.k8s import karpenter as aws
from cdk8s_eks_gpu_crds.sh import karpenter

CRDS = Path(__file__).parents[2] / "imports/crds"
CLASSES = {
    "NodeClaim": karpenter.NodeClaim,
    "NodeOverlay": karpenter.NodeOverlay,
    "NodePool": karpenter.NodePool,
    "EC2NodeClass": aws.Ec2NodeClass,
}


def schemas():
    """Return apiVersion and schema of the spec of each of Karpenter's kinds."""
    crds = [crd for file in CRDS.glob("*.yaml") for crd in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    found = {}
    for crd in crds:
        version = crd["spec"]["versions"][0]
        schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        found[crd["spec"]["names"]["kind"]] = (f"{crd['spec']['group']}/{version['name']}", schema)
    return found


SCHEMAS = schemas()


def values(schema, *, complete):  # noqa: PLR0911 -- one return for each type reads best
    """Return a strategy for values of the schema's types: with every field, or with any of those that may be left out.

    Patterns and bounds are the API server's business, not that of the classes.
    """
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.integers(0, 2**40) | st.text(max_size=5)
    if "properties" in schema:
        fields = {
            name: values(child, complete=complete)
            for name, child in schema["properties"].items()
            if child.get("format") != "date-time"  # Only Kubernetes sets `timeAdded`; it is no option.
        }
        required = fields if complete else {name: fields[name] for name in schema.get("required", [])}
        return st.fixed_dictionaries(
            required, optional={name: value for name, value in fields.items() if name not in required}
        )
    if "additionalProperties" in schema:
        inner = values(schema["additionalProperties"], complete=complete)
        return st.dictionaries(st.text(min_size=1, max_size=5), inner, min_size=int(complete), max_size=2)
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return st.integers(0, 2**31 - 1) | st.text(max_size=5) | st.lists(st.text(max_size=5), min_size=1, max_size=2)
    if schema["type"] == "array":
        return st.lists(values(schema["items"], complete=complete), min_size=int(complete), max_size=2)
    return {"string": st.text(max_size=5), "integer": st.integers(0, 2**31 - 1), "boolean": st.booleans()}[
        schema["type"]
    ]


def through_the_class(kind, spec):
    """Return the object as cdk8s writes it, and as it was meant."""
    manifest = {"apiVersion": SCHEMAS[kind][0], "kind": kind, "metadata": {"name": "x"}, "spec": spec}
    chart = cdk8s.Chart(cdk8s.App(), "chart")
    construct = type(kind, (SingleObject,), {"imported": CLASSES[kind]})
    return construct(chart, "x", [manifest]).resource.to_json(), managed(manifest)


def test_every_kind_has_its_class():
    """A kind that Karpenter adds is not forgotten here."""
    assert set(SCHEMAS) == set(CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_field_of_the_crd_passes(kind):
    """With each field of the CRD set, and each value of its enums, what cdk8s writes is the manifest itself."""

    @given(values(SCHEMAS[kind][1], complete=True))
    @settings(max_examples=15, deadline=None)
    def passes(spec):
        written, manifest = through_the_class(kind, spec)
        assert written == manifest

    passes()


@pytest.mark.parametrize("kind", CLASSES)
def test_any_spec_passes(kind):
    """Whatever is left out, however small the rest is, empty lists and mappings included."""

    @given(values(SCHEMAS[kind][1], complete=False))
    @settings(max_examples=15, deadline=None)
    def passes(spec):
        written, manifest = through_the_class(kind, spec)
        assert written == manifest

    passes()


@pytest.mark.parametrize("spec", [{"own": 1}, {"disruption": {"consolidateAfter": "1m", "own": 1}}])
def test_a_field_that_the_class_lacks_is_an_error(spec):
    """Jsii would drop it without a word."""
    with pytest.raises(TypeError, match=r"NodePoolSpec\w* of cdk8s_eks_gpu_crds has no field own: run `make imports`"):
        through_the_class("NodePool", spec)
