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
    schema = release("1.15").schema((old.api_version, old.kind))
    for field in old.fields:
        path = field.became.split(",")[0].split(" ")[0].split(":")[0]
        if not path.startswith("spec.") or "EC2NodeClass" in field.became.split(",")[0]:
            continue
        node = schema
        for part in path.split("."):
            node = node.properties[part]


def fixes(manifest):
    """Return the fix of each finding about the schema by its path."""
    return {finding.path: finding.fix for finding in checked(manifest, only=["schema"]).findings}


def alpha(kind, **spec):
    """Return an object of one of the kinds before v1beta1."""
    version = "karpenter.sh/v1alpha5" if kind != "AWSNodeTemplate" else "karpenter.k8s.aws/v1alpha1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": spec}


@pytest.mark.parametrize(
    ("manifest", "path", "fix"),
    [
        (alpha("Provisioner", ttlSecondsAfterEmpty=30), "spec.ttlSecondsAfterEmpty", "consolidateAfter: 30s}"),
        (alpha("Provisioner", ttlSecondsUntilExpired=90), "spec.ttlSecondsUntilExpired", "spec.expireAfter: 90s."),
        (alpha("Provisioner", consolidation={"enabled": True}), "spec.consolidation", "WhenEmptyOrUnderutilized"),
        (alpha("Provisioner", consolidation={"enabled": False}), "spec.consolidation", "consolidateAfter: Never}"),
        (
            alpha("Provisioner", providerRef={"name": "gpu"}),
            "spec.providerRef",
            '"kind": "EC2NodeClass", "name": "gpu"}',
        ),
        (
            alpha("AWSNodeTemplate", subnetSelector={"karpenter.sh/discovery": "demo"}),
            "spec.subnetSelector",
            'spec.subnetSelectorTerms: [{"tags": {"karpenter.sh/discovery": "demo"}}]',
        ),
        (
            alpha("AWSNodeTemplate", securityGroupSelector={"aws-ids": "sg-1, sg-2"}),
            "spec.securityGroupSelector",
            'spec.securityGroupSelectorTerms: [{"id": "sg-1"}, {"id": "sg-2"}]',
        ),
        (
            alpha("AWSNodeTemplate", amiSelector={"aws::name": "a,b", "aws::owners": "amazon"}),
            "spec.amiSelector",
            'spec.amiSelectorTerms: [{"name": "a", "owner": "amazon"}, {"name": "b", "owner": "amazon"}]',
        ),
        (alpha("AWSNodeTemplate", amiFamily="Ubuntu"), "spec.amiFamily", "amiFamily: Custom"),
        (alpha("Machine", machineTemplateRef={"name": "x"}), "spec.machineTemplateRef", "spec.nodeClassRef"),
        (alpha("Machine", kubelet={"maxPods": 3}), "spec.kubelet", "spec.kubelet of the EC2NodeClass"),
    ],
)
def test_the_fix_says_the_value_of_today(manifest, path, fix):
    """Where the old value says it, the fix is what to write, with the user's own values."""
    assert fix in fixes(manifest)[path]


def test_a_field_that_went_within_one_that_moved():
    """ContainerRuntime has no place in the kubelet's configuration any more."""
    found_fixes = fixes(alpha("Provisioner", kubeletConfiguration={"containerRuntime": "containerd"}))
    assert found_fixes["spec.kubeletConfiguration.containerRuntime"] == "Leave containerRuntime out."


def test_what_is_required_today_is_said_with_the_kind():
    """What the old kind had a default for, and today's does not, stands in the fix of the kind."""
    assert "instance-generation Gt 2" in fixes(alpha("Provisioner"))["kind"]
    assert "instance-generation" not in fixes(alpha("Provisioner", requirements=[]))["kind"]
    assert "alias: al2023@" in fixes(alpha("AWSNodeTemplate"))["kind"]
    beta = {"apiVersion": "karpenter.sh/v1beta1", "kind": "NodePool", "metadata": {"name": "x"}, "spec": {}}
    assert "spec.disruption.consolidateAfter" in fixes(beta)["apiVersion"]


@pytest.mark.parametrize("value", [None, True, "x", [1], {"name": 3}, {"aws-ids": [1]}, {"a": {"b": 1}}, -1, 2**70])
@pytest.mark.parametrize("kind", ["Provisioner", "AWSNodeTemplate", "Machine"])
def test_odd_values_of_old_fields_are_findings(kind, value):
    """Whatever stands in a field that moved, there is a finding and no crash."""
    names = ("ttlSecondsAfterEmpty", "consolidation", "providerRef", "amiSelector", "kubelet", "limits")
    assert "kind" in fixes(alpha(kind, **dict.fromkeys(names, value)))
