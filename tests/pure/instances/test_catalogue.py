import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import UnknownInstanceTypeError
from cdk8s_eks_gpu.instances import catalogue, facts_source
from cdk8s_eks_gpu.quantity import parse_quantity
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Requirement, Requirements

KEYS = sorted(WELL_KNOWN_LABELS)
OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"]


@st.composite
def requirements(draw):
    """Draw requirements on labels that types have or lack, with values that some type has or none has."""
    drawn = []
    for key in draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3)):
        known = sorted(catalogue().label_values(key))
        values = draw(st.lists(st.sampled_from([*known[:3], *known[-3:], "8", "x"]), max_size=4))
        operator = draw(st.sampled_from(OPERATORS))
        if operator[0] in "GL":
            values = [str(draw(st.integers(0, 500)))]
        drawn.append(Requirement.of(key, operator, *values))
    return Requirements(drawn)


@settings(deadline=None)  # the first question builds the sets of all labels
@given(requirements())
def test_admitted_agrees_with_the_algebra(some):
    """The index answers what each type's own requirements answer."""
    expected = [one.name for one in catalogue().values() if one.requirements.intersects(some) == ()]
    assert [one.name for one in catalogue().admitted(some)] == expected


def test_the_facts_of_a_type():
    """The facts are those of Karpenter's reference page."""
    one = catalogue().find("p5.48xlarge")
    assert one.labels[vocabulary.GPU_NAME] == "h100"
    assert one.labels[vocabulary.GPU_MEMORY] == "81920"
    assert (one.family, one.size, one.architecture) == ("p5", "48xlarge", "amd64")
    assert (one.count(vocabulary.GPU), one.count(vocabulary.EFA), one.network_cards) == (8, 32, 32)
    assert one.allocatable["memory"] == parse_quantity("1938410Mi")
    assert one.allocatable["cpu"] == parse_quantity("191450m")


def test_capacity_is_what_limits_are_compared_with():
    """Capacity is before overhead, but for memory after what the virtual machine takes."""
    one = catalogue().find("g5g.xlarge")
    assert one.capacity("cpu") == 4
    assert one.capacity("memory") == parse_quantity("7518Mi")  # 8192 less 64 for Graviton, less 7.5% rounded up
    assert one.capacity(vocabulary.GPU) == 1
    assert one.capacity(vocabulary.EFA) == 0


def test_every_type_is_there():
    """The table has as many types as its source says, sorted by name, each with what all types have."""
    names = list(catalogue())
    assert len(names) == 1336
    assert names == sorted(names)
    for one in catalogue().values():
        assert one.labels[vocabulary.INSTANCE_TYPE] == one.name
        assert {"cpu", "memory", "pods"} <= one.allocatable.keys()


def test_the_source_is_recorded():
    """Who reads the facts can tell where they come from and how old they are."""
    source = facts_source()
    assert source["version"] == "v1.14.1"
    assert source["date"] == "2026-06-10"
    assert source["document"].endswith("instance-types.md")


def test_absent_labels_are_known_to_be_absent():
    """A type without a GPU has no GPU label: DoesNotExist and NotIn admit it, Exists does not."""
    one = catalogue().find("m5.large")
    assert one.requirements[vocabulary.GPU_NAME] == Requirement.of(vocabulary.GPU_NAME, "DoesNotExist")
    for operator, admitted in (("DoesNotExist", True), ("Exists", False)):
        asked = Requirements([Requirement.of(vocabulary.GPU_NAME, operator)])
        assert (one in catalogue().admitted(asked)) == admitted


def test_labels_of_run_time_are_open():
    """Zone, capacity type and a pool's own labels leave no type out."""
    labels = {vocabulary.ZONE: "us-west-2a", vocabulary.CAPACITY_TYPE: "spot", "team": "vision"}
    assert len(catalogue().admitted(Requirements.of_labels(labels))) == len(catalogue())


def test_unknown_type():
    """A type that is not there is an error with a hint."""
    with pytest.raises(
        UnknownInstanceTypeError, match=r"unknown instance type 'p5.48xlrage'; did you mean 'p5.48xlarge'\?"
    ):
        catalogue().find("p5.48xlrage")


def test_immutable():
    """Nothing can change the facts."""
    one = catalogue()["p5.48xlarge"]
    with pytest.raises(TypeError):
        one.labels["team"] = "mine"
    with pytest.raises(TypeError):
        one.quantities["cpu"] = "1"
    with pytest.raises(TypeError):
        one.allocatable["cpu"] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "p6"
    with pytest.raises(TypeError):
        catalogue()["p5.48xlarge"] = one
