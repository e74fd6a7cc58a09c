"""What is known of each release of Karpenter and of Kubernetes."""

import json
from importlib import resources

import pytest

from cdk8s_eks_gpu.admission.schema.releases import releases
from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.releases import (
    DEFAULT_KARPENTER,
    DEFAULT_KUBERNETES,
    GATE_USES,
    incompatibility,
    karpenter_release,
    karpenter_releases,
    kubernetes_minor,
    kubernetes_since,
    since,
)
from cdk8s_eks_gpu.releases.karpenter import fields as known_fields

# Karpenter's compatibility page (1.14), and MaxK8sVersion of 1.15.1.
COMPATIBILITY = {
    "1.31": "1.0.5",
    "1.32": "1.2",
    "1.33": "1.5",
    "1.34": "1.6",
    "1.35": "1.9",
    "1.36": "1.13",
    "1.37": "1.15",
}


def fields(version):
    """Return the paths of the fields that came after the oldest release, by kind."""
    missing = karpenter_release(version).missing_fields
    return {(field.kind, field.path) for field in known_fields() if field.since and field not in missing}


def test_the_releases_are_those_whose_schemas_are_known():
    """The table and the schemas name the same patch releases, oldest first."""
    schemas = json.loads(resources.files("cdk8s_eks_gpu_schemas").joinpath("karpenter.json").read_text())
    tags = [release["tag"] for release in schemas["releases"]]
    assert [release.tag for release in karpenter_releases().values()] == tags


def test_the_defaults_are_the_newest():
    """Without a version an answer is for the newest Karpenter, and the newest Kubernetes that it supports."""
    assert list(karpenter_releases())[-1] == DEFAULT_KARPENTER
    assert karpenter_release(DEFAULT_KARPENTER).supports_kubernetes(DEFAULT_KUBERNETES)
    assert kubernetes_minor(DEFAULT_KUBERNETES) == DEFAULT_KUBERNETES


def test_every_kubernetes_that_is_known_has_schemas():
    """The versions of Kubernetes that a known Karpenter supports are those whose schemas are there."""
    known = [each.minor for each in releases("Kubernetes")]
    assert list(map(kubernetes_minor, known)) == known
    _, first = map(int, known[0].split("."))
    _, last = map(int, known[-1].split("."))
    for version in (f"1.{first - 1}", f"1.{last + 1}", "one"):
        with pytest.raises(UnknownNameError, match=f"Known are {known[0]} to {known[-1]}"):
            kubernetes_minor(version)


def test_a_release_that_is_not_known_is_an_error():
    """Neither what is no version nor one that nobody has read is guessed at."""
    for version in ("0.37", "1.99", "latest", ""):
        with pytest.raises(UnknownNameError, match=r"Known are 1\.0 to 1\.15"):
            karpenter_release(version)


@pytest.mark.parametrize(
    ("label", "version"),
    [
        ("karpenter.k8s.aws/instance-cpu-sustained-clock-speed-mhz", "1.1"),
        ("karpenter.k8s.aws/capacity-reservation-id", "1.3"),
        ("karpenter.k8s.aws/capacity-reservation-type", "1.6"),
        ("karpenter.k8s.aws/instance-capability-flex", "1.7"),
        ("karpenter.k8s.aws/instance-tenancy", "1.9"),
        ("karpenter.k8s.aws/capacity-reservation-interruptible", "1.10"),
        ("karpenter.k8s.aws/placement-group-id", "1.11"),
    ],
)
def test_labels_are_known_from_the_release_that_brought_them(label, version):
    """A label is well known from one release on, and not before."""
    assert since("wellKnownLabels", label) == version
    known = [minor for minor, release in karpenter_releases().items() if label in release.well_known_labels]
    assert known == list(karpenter_releases())[list(karpenter_releases()).index(version) :]


def test_reserved_capacity_came_with_1_3():
    """Karpenter 1.2 buys on demand and spot alone."""
    assert karpenter_release("1.2").capacity_types == {"on-demand", "spot"}
    assert karpenter_release("1.3").capacity_types == {"on-demand", "reserved", "spot"}


def test_gte_and_lte_came_late():
    """The requirement operators are those of the release's CRD."""
    assert "Gte" not in karpenter_release("1.8").requirement_operators
    assert since("requirementOperators", "Gte") == since("requirementOperators", "Lte")
    assert len(karpenter_release("1.15").requirement_operators) == 8


def test_fields_came_with_releases():
    """A field is one of a release's from the release that brought it on."""
    assert ("EC2NodeClass", "spec.networkInterfaces") not in fields("1.10")
    assert ("EC2NodeClass", "spec.networkInterfaces") in fields("1.11")
    assert ("NodePool", "spec.replicas") in fields("1.15")
    missing = {(field.path, field.since) for field in karpenter_release("1.14").missing_fields}
    assert ("spec.enclaveOptions", "1.15") in missing


def test_gates_have_the_default_of_their_release():
    """ReservedCapacity came off, and is on since 1.6; the gates of 1.15 name the chart's values that turn them on."""
    assert "ReservedCapacity" not in karpenter_release("1.2").feature_gates
    assert not karpenter_release("1.5").feature_gates["ReservedCapacity"].default
    assert karpenter_release("1.6").feature_gates["ReservedCapacity"].default
    gate = karpenter_release("1.15").feature_gates["DRANVIDIAGPU"]
    assert (gate.default, gate.setting) == (False, "AWS_FEATURE_GATES")
    assert gate.turned_on_by == (
        "`--set settings.awsFeatureGates.draNVIDIAGPU=true` of Karpenter's chart (AWS_FEATURE_GATES=DRANVIDIAGPU=true)"
    )


def test_every_gate_that_a_manifest_can_need_is_one_of_the_newest_release():
    """No rule asks for a gate that there is not."""
    assert {use.gate for use in GATE_USES} <= set(karpenter_release(DEFAULT_KARPENTER).feature_gates)


def test_claims_are_looked_at_since_1_7_and_served_since_1_15():
    """Which releases launch nodes for resourceClaims, and by which gates."""
    assert not karpenter_release("1.6").considers_claims
    assert karpenter_release("1.14").considers_claims
    assert karpenter_release("1.14").dra_gates == ()
    assert [gate.name for gate in karpenter_release("1.15").dra_gates] == ["DRAEFA", "DRANVIDIAGPU"]


@pytest.mark.parametrize("kubernetes", sorted(COMPATIBILITY))
@pytest.mark.parametrize("karpenter", [f"1.{minor}" for minor in range(16)])
def test_the_compatibility_matrix(karpenter, kubernetes):
    """Each minor version of Karpenter supports the versions of Kubernetes that its page says."""
    first = COMPATIBILITY[kubernetes]
    supported = int(karpenter.split(".")[1]) >= int(first.split(".")[1])
    assert karpenter_release(karpenter).supports_kubernetes(kubernetes) is supported
    assert (incompatibility(karpenter, kubernetes) is None) is supported
    assert kubernetes_since(kubernetes) == first


def test_a_patch_release_can_be_too_old():
    """Kubernetes 1.31 needs Karpenter 1.0.5, and the sentence says so."""
    assert incompatibility("1.0.5", "1.31") is None
    assert incompatibility("1.0.4", "1.31") == "Kubernetes 1.31 needs Karpenter 1.0.5 or newer, not 1.0.4"
    assert incompatibility("1.0.4", "1.32") == (
        "Karpenter 1.0 supports Kubernetes 1.25 to 1.31: 1.32 needs Karpenter 1.2 or newer"
    )
    assert incompatibility("1.14", "1.25") == "Karpenter 1.14 supports Kubernetes 1.26 to 1.36, not 1.25"
    assert incompatibility("1.14", "1.38") == "Karpenter 1.14 supports Kubernetes 1.26 to 1.36, not 1.38"
    assert kubernetes_since("1.38") is None
