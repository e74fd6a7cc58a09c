"""What is probably a slip in the requirements of a pool."""

import pytest
from tests.pure.provisioning.manifests import cluster, families, pool, requirement

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.slips import LikelyLabel, UnknownValue, slips
from cdk8s_eks_gpu.requirements import Requirement


def found(*requirements):
    """Return the slips of a pool with these requirements."""
    (only,) = cluster(pool(*requirements)).pools
    return list(slips(only.spec))


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        (vocabulary.INSTANCE_FAMILY, "p5x", "p5"),
        (vocabulary.INSTANCE_FAMILY, "zzz", None),
        (vocabulary.OS, "windos", "windows"),
        (vocabulary.ARCH, "x86_64", None),
        (vocabulary.CAPACITY_TYPE, "on_demand", "on-demand"),
    ],
)
def test_a_value_that_no_type_has(key, value, meant):
    """It is named with the value that is most like it, if one is."""
    assert found(requirement(key, "In", value)) == [UnknownValue(Requirement.of(key, "In", value), value, meant)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("p5.48xlrage", "p5.48xlarge"),
        (" P5.8XLARGE ", "p5.48xlarge"),
        ("p5e.96xlarge", "p5e.48xlarge"),
        ("g4d.xlarge", "g4dn.xlarge"),
        ("hpc7.96xlarge", "hpc7a.96xlarge"),
        ("m5large", "m5.large"),
        ("p5", None),
        ("p9.48xlarge", None),
        ("p9.96xlarge", None),
        ("trn1.mega", None),
    ],
)
def test_a_type_that_there_is_not(name, meant):
    """It is of a known family or a known size; one of a family that is not known is rather newer than the facts."""
    (slip,) = found(requirement(vocabulary.INSTANCE_TYPE, "In", name))
    assert (slip.value, slip.meant) == (name, meant)


@pytest.mark.parametrize(
    "asked",
    [
        families("p5"),
        requirement(vocabulary.INSTANCE_FAMILY, "NotIn", "p5x"),
        requirement(vocabulary.INSTANCE_FAMILY, "In", "{{ .Values.family }}"),
        requirement(vocabulary.INSTANCE_HYPERVISOR, "In", ""),
        requirement(vocabulary.OS, "In", "linux", "windows"),
        requirement(vocabulary.ARCH, "Exists"),
        requirement(vocabulary.ZONE, "In", "us-west-2a"),
        requirement("team", "In", "vision"),
        requirement("example.com/zone", "In", "a"),
    ],
)
def test_no_slip(asked):
    """A value that some node has, one that is left out or filled in later, and a label that resembles none."""
    assert found(asked) == []


@pytest.mark.parametrize(("operator", "values"), [("In", ["a"]), ("NotIn", ["a"]), ("Exists", [])])
def test_a_label_that_resembles_a_well_known_one(operator, values):
    """Whatever is asked of a label of one's own, its key may be misspelled."""
    slip = LikelyLabel("topology.kubernetes.io/zones", vocabulary.ZONE)
    assert found(requirement("topology.kubernetes.io/zones", operator, *values)) == [slip]


def test_several_values():
    """They come sorted, those that there are left out."""
    asked = requirement(vocabulary.INSTANCE_FAMILY, "In", "p5", "zzz", "p5x", "p4d")
    assert [slip.value for slip in found(asked)] == ["p5x", "zzz"]
