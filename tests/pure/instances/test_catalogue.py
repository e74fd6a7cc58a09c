import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import UnknownNameError
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


@settings(deadline=None)  # the first example makes the requirements of all types
@given(requirements())
def test_admitted_agrees_with_the_algebra(some):
    """The index answers what each type's own requirements answer."""
    expected = [
        instance_type.name
        for instance_type in catalogue().values()
        if instance_type.requirements.intersects(some) == ()
    ]
    assert [instance_type.name for instance_type in catalogue().admitted(some)] == expected


def test_the_facts_of_a_type():
    """The facts are what Karpenter makes of EC2's own description."""
    instance_type = catalogue().find("p5.48xlarge")
    assert instance_type.labels[vocabulary.GPU_NAME] == "h100"
    assert instance_type.labels[vocabulary.GPU_MEMORY] == "81920"
    assert (instance_type.family, instance_type.size, instance_type.architecture) == ("p5", "48xlarge", "amd64")
    assert (instance_type.count(vocabulary.GPU), instance_type.count(vocabulary.EFA), instance_type.network_cards) == (
        8,
        32,
        32,
    )
    assert instance_type.allocatable["memory"] == parse_quantity("1938410Mi")
    assert instance_type.allocatable["cpu"] == parse_quantity("191450m")


def test_every_type_is_there():
    """The table has as many types as its source says, sorted by name, each with what all types have."""
    names = list(catalogue())
    assert len(names) == 1392
    assert names == sorted(names)
    for instance_type in catalogue().values():
        assert instance_type.labels[vocabulary.INSTANCE_TYPE] == instance_type.name
        assert {"cpu", "memory", "pods"} <= instance_type.allocatable.keys()


def test_the_source_is_recorded():
    """Who reads the facts can tell where they come from and how old they are."""
    source = facts_source()
    assert source["version"] == "v1.15.1"
    assert source["date"] == "2026-10-27"
    assert source["document"].startswith("EC2 DescribeInstanceTypes")


def test_absent_labels_are_known_to_be_absent():
    """A type without a GPU has no GPU label: DoesNotExist and NotIn admit it, Exists does not."""
    instance_type = catalogue().find("m5.large")
    assert instance_type.requirements[vocabulary.GPU_NAME] == Requirement.of(vocabulary.GPU_NAME, "DoesNotExist")
    for operator, admitted in (("DoesNotExist", True), ("Exists", False)):
        asked = Requirements([Requirement.of(vocabulary.GPU_NAME, operator)])
        assert (instance_type in catalogue().admitted(asked)) == admitted


def test_bare_metal_has_an_empty_hypervisor():
    """Karpenter's label instance-hypervisor is "" on bare metal: Exists admits it, DoesNotExist does not."""
    metal = catalogue()["m5.metal"]
    assert metal.labels[vocabulary.INSTANCE_HYPERVISOR] == ""
    for operator, admitted in (("DoesNotExist", False), ("Exists", True)):
        asked = Requirements([Requirement.of(vocabulary.INSTANCE_HYPERVISOR, operator)])
        assert (metal in catalogue().admitted(asked)) == admitted


def test_spot_is_a_fact():
    """21 types are never sold as spot, and of six it is not known, for EC2's own record lacks them."""
    spot = [instance_type.spot for instance_type in catalogue().values()]
    assert (spot.count(False), spot.count(None)) == (21, 6)
    assert catalogue()["hpc7a.96xlarge"].spot is False
    assert catalogue()["p5.48xlarge"].spot is True


def test_each_type_says_where_it_comes_from_and_since_when():
    """EC2's record has all but six types; the tables of a Karpenter release may lack a type all the same."""
    elsewhere = {
        instance_type.name: instance_type.source
        for instance_type in catalogue().values()
        if instance_type.source != "ec2"
    }
    assert elsewhere == {
        "dl1.24xlarge": "v1.13",
        **{f"g4ad.{size}xlarge": "v1.14" for size in ("", "2", "4", "8", "16")},
    }
    assert catalogue()["p5.48xlarge"].since == "1.0"
    assert catalogue()["g7.48xlarge"].since == "1.14"
    assert catalogue()["hpc7a.96xlarge"].since is None


def test_instance_stores_are_counted_whatever_their_kind():
    """RAID0 takes disks that are not NVMe too: those of d3 have no label, and are instance stores."""
    assert vocabulary.INSTANCE_LOCAL_NVME not in catalogue()["h1.2xlarge"].labels
    assert catalogue()["h1.2xlarge"].instance_store == 2000
    assert catalogue()["p5.48xlarge"].instance_store == 30400
    assert catalogue()["m5.large"].instance_store is None


def test_labels_of_run_time_are_open():
    """Zone, capacity type and a pool's own labels leave no type out."""
    labels = {vocabulary.ZONE: "us-west-2a", vocabulary.CAPACITY_TYPE: "spot", "team": "vision"}
    assert len(catalogue().admitted(Requirements.of_labels(labels))) == len(catalogue())


def test_unknown_type():
    """A type that is not there is an error with a hint."""
    with pytest.raises(UnknownNameError, match=r"unknown instance type 'p5.48xlrage'; did you mean 'p5.48xlarge'\?"):
        catalogue().find("p5.48xlrage")


def test_immutable():
    """Nothing can change the facts."""
    instance_type = catalogue()["p5.48xlarge"]
    with pytest.raises(TypeError):
        instance_type.labels["team"] = "mine"
    with pytest.raises(TypeError):
        instance_type.quantities["cpu"] = "1"
    with pytest.raises(TypeError):
        instance_type.allocatable["cpu"] = 1
    with pytest.raises(AttributeError):
        instance_type.name = "p6"
    with pytest.raises(TypeError):
        catalogue()["p5.48xlarge"] = instance_type
