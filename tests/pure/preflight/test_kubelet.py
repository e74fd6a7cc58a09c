"""The kubelet's configuration since Karpenter 1.15, which checks it itself: the CRD takes anything."""

import pytest
from tests.pure.preflight.stacks import checked, node_class

AL2023 = [{"alias": "al2023@v20250920"}]
BOTTLEROCKET = [{"alias": "bottlerocket@1.46.0"}]


def errors(kubelet, version="1.15", terms=AL2023):
    """Return the rule and path of each finding that is about the object's admission."""
    manifest = node_class(kubelet=kubelet, amiSelectorTerms=terms)
    report = checked(manifest, karpenter=version, only=["schema", "cel", "runtime"])
    return [(finding.rule.id, finding.path.removeprefix("spec.kubelet.")) for finding in report.findings]


@pytest.mark.parametrize(
    ("kubelet", "path"),
    [
        ({"maxPod": 5}, "maxPod"),
        ({"maxPods": -1}, "maxPods"),
        ({"maxPods": 1.5}, "maxPods"),
        ({"podsPerCore": "2"}, "podsPerCore"),
        ({"cpuCFSQuota": "yes"}, "cpuCFSQuota"),
        ({"clusterDNS": "10.0.0.10"}, "clusterDNS"),
        ({"registerWithTaints": []}, "registerWithTaints"),
        ({"evictionHard": {"memory": "5%"}}, "evictionHard.memory"),
        ({"evictionHard": {"memory.available": "101%"}}, 'evictionHard["memory.available"]'),
        ({"evictionHard": {"memory.available": "lots"}}, 'evictionHard["memory.available"]'),
        ({"evictionSoft": {"memory.available": "5%"}}, 'evictionSoftGracePeriod["memory.available"]'),
        ({"evictionSoftGracePeriod": {"memory.available": "1m"}}, 'evictionSoft["memory.available"]'),
        ({"kubeReserved": {"gpu": "1"}}, "kubeReserved.gpu"),
        ({"kubeReserved": {"memory": 5}}, "kubeReserved"),
        ({"imageGCHighThresholdPercent": 101}, "imageGCHighThresholdPercent"),
        (
            {"imageGCHighThresholdPercent": 80, "imageGCLowThresholdPercent": 85},
            "imageGCHighThresholdPercent",
        ),
    ],
)
def test_what_the_kubelet_does_not_take_is_an_error(kubelet, path):
    """Unknown fields, wrong types and values out of range leave the class not ready."""
    assert errors(kubelet) == [("runtime/kubelet", path)]


@pytest.mark.parametrize(
    "kubelet",
    [
        {"maxPods": 110, "containerLogMaxSize": "50Mi", "featureGates": {"NodeSwap": True}},
        {"evictionHard": {"memory.available": "5%"}, "cpuManagerPolicy": "static"},
        {"evictionSoft": {"nodefs.available": "1Gi"}, "evictionSoftGracePeriod": {"nodefs.available": "1m30s"}},
        {"kubeReserved": {"cpu": "100m", "memory": "1Gi"}, "imageGCHighThresholdPercent": 85},
    ],
)
def test_any_field_of_the_kubelet_is_taken(kubelet):
    """On AL2023 whatever KubeletConfiguration has may stand there, since 1.15."""
    assert errors(kubelet) == []


def test_before_1_15_the_crd_knows_the_fields():
    """Karpenter 1.14 has no other fields, and its CRD refuses a wrong value."""
    assert errors({"containerLogMaxSize": "50Mi"}, "1.14") == [("schema/newer-field", "containerLogMaxSize")]
    assert errors({"maxPods": -1}, "1.14") == [("schema/bounds", "maxPods")]


@pytest.mark.parametrize(("kubelet", "path"), [({"maxPods": "vcpus * 10"}, "maxPods")])
def test_expressions_need_their_gate(kubelet, path):
    """An expression is a warning that says how NodeClassCEL is turned on."""
    assert errors(kubelet) == [("runtime/kubelet-expression", path)]
    report = checked(node_class(kubelet={"systemReserved": {"memory": "memory_mib / 20"}}), karpenter="1.15")
    (finding,) = [finding for finding in report.findings if finding.rule.id == "runtime/kubelet-expression"]
    assert "settings.awsFeatureGates.nodeClassCEL=true" in finding.fix


def test_other_families_take_the_fields_that_karpenter_reads():
    """Bottlerocket and AL2 get only the fields that Karpenter translates, one DNS server, and no podsPerCore there."""
    assert errors({"containerLogMaxSize": "50Mi"}, terms=BOTTLEROCKET) == [
        ("runtime/kubelet-ami-family", "containerLogMaxSize")
    ]
    assert errors({"podsPerCore": 2}, terms=BOTTLEROCKET) == [("runtime/kubelet-ami-family", "podsPerCore")]
    assert errors({"podsPerCore": 2, "maxPods": 20}, terms=[{"alias": "al2@v20250920"}]) == []
    assert errors({"clusterDNS": ["10.0.0.10", "10.0.0.11"]}, terms=BOTTLEROCKET) == [
        ("runtime/kubelet-ami-family", "clusterDNS")
    ]
