"""Manifests of Karpenter before v1: each kind and each field is named for what it became."""

import pytest
from tests.pure.preflight.stacks import checked

from cdk8s_eks_gpu.admission.schema.releases import release
from cdk8s_eks_gpu.releases.old_kinds import OLD_KINDS, old_kind

PROVISIONER = {
    "apiVersion": "karpenter.sh/v1alpha5",
    "kind": "Provisioner",
    "metadata": {"name": "default"},
    "spec": {
        "providerRef": {"name": "default"},
        "requirements": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}],
        "limits": {"resources": {"cpu": "1000"}},
        "ttlSecondsAfterEmpty": 30,
        "weight": 10,
    },
}


def found(manifest, version="1.15"):
    """Return the path and the message of each finding about the schema."""
    report = checked(manifest, karpenter=version, only=["schema"])
    return {finding.path: finding.message for finding in report.findings}


def test_a_provisioner_is_a_node_pool_today():
    """A Provisioner is named for the NodePool that it became, field by field; what stayed is not mentioned."""
    messages = found(PROVISIONER)
    assert "NodePool of karpenter.sh/v1" in messages["kind"]
    assert "spec.template.spec.nodeClassRef" in messages["spec.providerRef"]
    assert "spec.template.spec.requirements" in messages["spec.requirements"]
    assert "consolidateAfter" in messages["spec.ttlSecondsAfterEmpty"]
    assert "spec.limits" in messages["spec.limits.resources"]
    assert len(messages) == 5


def test_a_node_template_is_an_ec2_node_class_today():
    """An AWSNodeTemplate became an EC2NodeClass, with terms where it had selectors and no launch templates."""
    spec = {"subnetSelector": {"karpenter.sh/discovery": "x"}, "launchTemplate": "mine", "amiFamily": "AL2"}
    manifest = {"apiVersion": "karpenter.k8s.aws/v1alpha1", "kind": "AWSNodeTemplate", "metadata": {"name": "x"}}
    messages = found(manifest | {"spec": spec})
    assert "EC2NodeClass of karpenter.k8s.aws/v1" in messages["kind"]
    assert "spec.subnetSelectorTerms" in messages["spec.subnetSelector"]
    assert "is gone" in messages["spec.launchTemplate"]
    assert len(messages) == 3


def test_v1beta1_says_what_moved_in_v1():
    """A NodePool of v1beta1 is refused for its apiVersion, and for the fields and values that have others in v1."""
    spec = {
        "disruption": {"consolidationPolicy": "WhenUnderutilized", "expireAfter": "720h"},
        "template": {"spec": {"kubelet": {"maxPods": 5}, "nodeClassRef": {"apiVersion": "x", "name": "default"}}},
    }
    manifest = {"apiVersion": "karpenter.sh/v1beta1", "kind": "NodePool", "metadata": {"name": "x"}, "spec": spec}
    messages = found(manifest)
    assert set(messages) == {
        "apiVersion",
        "spec.disruption.consolidationPolicy",
        "spec.disruption.expireAfter",
        "spec.template.spec.kubelet",
        "spec.template.spec.nodeClassRef.apiVersion",
    }
    assert found(manifest | {"spec": spec | {"disruption": {"consolidationPolicy": "WhenEmpty"}}}).keys() == {
        "apiVersion",
        "spec.template.spec.kubelet",
        "spec.template.spec.nodeClassRef.apiVersion",
    }


def test_v1beta1_is_no_finding_while_karpenter_has_it():
    """Karpenter 1.0 still serves v1beta1."""
    manifest = {"apiVersion": "karpenter.sh/v1beta1", "kind": "NodePool", "metadata": {"name": "x"}, "spec": {}}
    assert "apiVersion" not in found(manifest, "1.0")


def test_a_wrong_version_of_an_old_kind_is_still_understood():
    """A Provisioner with a newer apiVersion is one all the same; a NodePool of a version that never was is not."""
    assert old_kind("karpenter.sh/v1", "Provisioner").kind == "NodePool"
    assert old_kind("karpenter.sh/v2", "NodePool") is None


@pytest.mark.parametrize("identity", OLD_KINDS, ids="/".join)
def test_what_an_old_kind_became_exists(identity):
    """Today's kinds, and the first field that each old field became, are in the newest CRDs."""
    old = OLD_KINDS[identity]
    kind = release("1.15").kinds[old.api_version, old.kind]
    for field in old.fields:
        path = field.became.split(",")[0].split(" ")[0].split(":")[0]
        if not path.startswith("spec.") or "EC2NodeClass" in field.became.split(",")[0]:
            continue
        node = kind.schema
        for part in path.split("."):
            node = node.properties[part]
