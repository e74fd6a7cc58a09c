"""What is probably a slip in the requirements of a pool."""

import pytest
from tests.pure.provisioning.manifests import cluster, families, node_class, pool, requirement

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Document
from cdk8s_eks_gpu.manifests.kubernetes_object import objects_of
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.provisioning.slips import LikelyLabel, NoNodeClass, UnknownValue, no_node_class, slips
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


def test_labels_of_the_template():
    """A value there is one that the pool's nodes must have; a key there is the user's own."""
    labels = {vocabulary.INSTANCE_FAMILY: "p5x", "team": "a"}
    (only,) = cluster(pool(labels=labels)).pools
    assert [(slip.value, slip.meant) for slip in slips(only.spec)] == [("p5x", "p5")]


def test_a_label_of_types_that_older_releases_do_not_know():
    """The hostname and what the facts have are no misspelled labels."""
    assert found(requirement(vocabulary.HOSTNAME, "Exists"), requirement(vocabulary.INSTANCE_SIZE, "Exists")) == []


def reference(name="gpu", group="karpenter.k8s.aws", kind="EC2NodeClass"):
    """Return a pool with a reference to its node class."""
    manifest = pool(families("p5"))
    manifest["spec"]["template"]["spec"]["nodeClassRef"] = {"group": group, "kind": kind, "name": name}
    return manifest


def missing_class(manifest, *classes, elsewhere=()):
    """Return what is said of the pool's node class, with node classes of these names in its file and in another."""

    def of(names, file):
        manifests = [node_class() | {"metadata": {"name": name}} for name in names]
        documents = [Document(each, number, 1, "") for number, each in enumerate(manifests)]
        return [each for document in documents for each in objects_of(file, document)]

    all_classes = [*of(classes, "test.yaml"), *of(elsewhere, "other.yaml")]
    (pool_object,) = objects_of("test.yaml", Document(manifest, 0, 1, ""))
    (only,) = Cluster([pool_object, *all_classes]).pools
    return no_node_class(only, all_classes)


@pytest.mark.parametrize(
    ("manifest", "classes", "elsewhere", "slip"),
    [
        (reference(), ["gpu"], [], None),
        (reference(), [], ["gpu"], None),
        (reference(), [], [], None),
        (reference(), ["cpu-nodes"], [], NoNodeClass("EC2NodeClass", "gpu", None)),
        (reference(), [], ["cpu-nodes"], None),
        (reference(), [], ["gpus"], NoNodeClass("EC2NodeClass", "gpu", "gpus")),
        (reference(name=""), ["gpus"], [], None),
        (reference(name="{{ .Values.class }}"), ["gpus"], [], None),
        (reference(kind="Ec2NodeClass"), ["gpu"], [], NoNodeClass("Ec2NodeClass", "gpu", "EC2NodeClass")),
        (reference(group="eks.amazonaws.com", kind="NodeClass"), ["gpus"], [], None),
    ],
)
def test_a_node_class_that_is_not_there(manifest, classes, elsewhere, slip):
    """It is a slip beside other node classes or where one is spelt almost alike; else the cluster may have it."""
    assert missing_class(manifest, *classes, elsewhere=elsewhere) == slip
