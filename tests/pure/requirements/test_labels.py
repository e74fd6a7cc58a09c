"""Which labels are well known, restricted, or set on running nodes only."""

import re
from pathlib import Path

import pytest

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.requirements import RUN_TIME_LABELS, WELL_KNOWN_LABELS, appears_at_run_time, is_restricted
from cdk8s_eks_gpu.requirements.labels import INSTANCE_LABELS, WELL_KNOWN_VALUES, likely_meant, normalized

CRD = Path(__file__).parents[3] / "imports/crds/karpenter.sh.yaml"


def test_karpenters_own_labels_are_those_that_its_schema_admits():
    """Of the labels in Karpenter's domains just those are well known that a NodePool may require by its CRD.

    The CRD admits the name of the node class too, which `labels.go` does not have among the well-known labels.
    """
    admitted = set(re.findall(r'"(karpenter\.(?:sh|k8s\.aws)/[a-z0-9-]+)"', CRD.read_text("utf-8")))
    admitted.remove("karpenter.k8s.aws/ec2nodeclass")
    assert {key for key in WELL_KNOWN_LABELS if key.startswith("karpenter.")} == admitted


def test_labels_of_kubernetes_that_karpenter_sets():
    """Kubernetes' labels that each node of Karpenter's has need not be defined by a pool."""
    assert {key for key in WELL_KNOWN_LABELS if not key.startswith("karpenter.")} == {
        "kubernetes.io/arch",
        "kubernetes.io/os",
        "node.kubernetes.io/instance-type",
        "node.kubernetes.io/windows-build",
        "topology.k8s.aws/zone-id",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }


def test_labels_of_the_account_are_none_of_the_instance_type():
    """What follows from the account and the region is no fact of an instance type."""
    assert not RUN_TIME_LABELS & INSTANCE_LABELS
    assert vocabulary.CAPACITY_RESERVATION_ID in RUN_TIME_LABELS


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("nvidia.com/gpu.product", True),
        ("feature.node.kubernetes.io/pci-10de.present", True),
        ("amd.com/gpu.family", True),
        ("custom.nvidia.com/rack", True),
        ("topology.k8s.aws/network-node-layer-1", True),
        ("topology.k8s.aws/zone-id", False),
        ("notnvidia.com/gpu", False),
        ("nvidia.com.example.org/gpu", False),
        ("nvidia.com", False),
        ("team", False),
    ],
)
def test_labels_that_appear_at_run_time(key, expected):
    """Only labels of feature discovery and of the network's layers wait for a running node."""
    assert appears_at_run_time(key) is expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("karpenter.sh/capacity-type", False),
        ("karpenter.k8s.aws/instance-family", False),
        ("kubernetes.io/arch", False),
        ("kubernetes.io/hostname", True),
        ("karpenter.sh/custom", True),
        ("karpenter.k8s.aws/custom", True),
        ("sub.karpenter.sh/custom", True),
        ("notkarpenter.sh/custom", False),
        ("karpenter.sh.example.org/custom", False),
        ("karpenter.sh", False),
        ("example.com/team", False),
    ],
)
def test_restricted_labels(key, expected):
    """Karpenter keeps its domains and the hostname to itself, but for what is well known."""
    assert is_restricted(key) is expected


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
        ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
        ("beta.kubernetes.io/os", "kubernetes.io/os"),
        ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
        ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
        ("topology.ebs.csi.aws.com/zone", "topology.kubernetes.io/zone"),
        ("team", "team"),
    ],
)
def test_todays_names(key, name):
    """Kubernetes' beta labels and the zone of EBS' driver have today's names; any other label keeps its own."""
    assert normalized(key) == name


def test_values_that_are_a_closed_list():
    """No type and no account has another capacity type or tenancy."""
    assert {key: sorted(values) for key, values in WELL_KNOWN_VALUES.items()} == {
        "karpenter.sh/capacity-type": ["on-demand", "reserved", "spot"],
        "karpenter.k8s.aws/instance-tenancy": ["dedicated", "default"],
    }


@pytest.mark.parametrize(
    ("key", "known", "meant"),
    [
        ("zone", ["a.io/time-zone", "a.io/zone"], "a.io/zone"),
        ("other.io/zone", ["a.io/other.io/zone-x", "a.io/zone"], "a.io/zone"),
        ("one", ["a.io/zone"], "a.io/zone"),
        ("a.io/zoen", ["a.io/zone"], "a.io/zone"),
        ("b.io/pool", ["a.io/zone"], None),
    ],
)
def test_label_that_was_likely_meant(key, known, meant):
    """A label that ends alike comes before one that contains the key, and that before one that is spelled alike."""
    assert likely_meant(key, known) == meant
