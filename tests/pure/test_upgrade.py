"""What an upgrade does to manifests: refused, read otherwise, replaced, needed."""

import pytest
import yaml
from tests.pure.preflight.stacks import node_class, pod, pool

from cdk8s_eks_gpu.findings import CheckedFor
from cdk8s_eks_gpu.manifests import read_texts
from cdk8s_eks_gpu.preflight.versions import Part
from cdk8s_eks_gpu.releases import karpenter_releases
from cdk8s_eks_gpu.releases.changes import IAM_ACTIONS, READINGS
from cdk8s_eks_gpu.upgrade import plan
from cdk8s_eks_gpu.upgrade.to_json import upgrade_data
from cdk8s_eks_gpu.upgrade.to_text import upgrade_text

AWS = "karpenter.k8s.aws"
RESERVATION = {"capacityReservationSelectorTerms": [{"id": "cr-0123456789abcdef0"}]}


def upgraded(*manifests, karpenter, kubernetes=("1.31", "1.31"), afterwards=None):
    """Return the upgrade of the manifests from the first to the second version of each."""
    parts = [
        Part(read_texts({"stack.yaml": yaml.safe_dump_all(stack)}), CheckedFor(karpenter[at], kubernetes[at]))
        for at, stack in enumerate((manifests, afterwards or manifests))
    ]
    return plan(*parts)


def texts(notes):
    """Return kind, path and text of each note, in one text."""
    return "\n".join(f"{note.kind} {note.path}: {note.text}" for note in notes)


def test_the_same_versions_change_nothing():
    """Nothing begins, ends, is replaced or read otherwise."""
    same = upgraded(pool(), node_class(), pod(), karpenter=("1.14", "1.14.3"))
    data = upgrade_data(same)
    assert not same.is_refused
    assert [
        key for key, value in data.items() if value and key not in {"from", "to", "instanceTypes", "findings"}
    ] == []
    assert data["findings"] == {"begin": [], "end": []}
    assert "Nothing is refused." in upgrade_text(same)


@pytest.mark.parametrize(
    ("manifest", "versions", "said"),
    [
        (node_class(instanceStorePolicy="RAID0"), ("1.0", "1.1"), "spec.instanceStorePolicy: Karpenter 1.1: RAID0"),
        (node_class(**RESERVATION), ("1.5", "1.6"), "spec.capacityReservationSelectorTerms: Karpenter 1.6"),
        (node_class(), ("1.5", "1.6"), "open capacity reservations that no class selects are no longer used"),
        (node_class(kubelet={"maxPods": 10}), ("1.14", "1.15"), "spec.kubelet: Karpenter 1.15"),
        (pool(disruption={"consolidationPolicy": "WhenEmpty"}), ("1.14", "1.15"), "consolidateAfter is left out"),
        (
            pool(requirements={"karpenter.k8s.aws/instance-accelerator-name": ["inferentia"]}),
            ("1.0", "1.1"),
            "trainium",
        ),
        (
            pool(requirements={f"{AWS}/instance-tenancy": ["default"]}),
            ("1.8", "1.9"),
            "requirements[0].key: Karpenter 1.9 sets karpenter.k8s.aws/instance-tenancy itself",
        ),
        (pod(resourceClaims=[{"name": "x", "resourceClaimName": "x"}]), ("1.6", "1.7"), "spec.resourceClaims"),
    ],
)
def test_what_is_read_otherwise(manifest, versions, said):
    """Each field whose meaning or default changes is named, on the way up and not beyond."""
    assert said in texts(upgraded(manifest, karpenter=versions).readings)
    assert said not in texts(upgraded(manifest, karpenter=(versions[1], "1.15")).readings)


def test_the_hash_of_1_12_replaces_all_nodes():
    """Karpenter 1.12 took the CA bundle into the hash: the nodes of every class are replaced, and once only."""
    for versions, replaced in (
        (("1.11", "1.12"), 1),
        (("1.0", "1.15"), 1),
        (("1.12", "1.15"), 0),
        (("1.15", "1.11"), 0),
    ):
        found = upgraded(pool(), node_class(), karpenter=versions).replaced
        assert len(found) == replaced
        assert all("all nodes of gpu are replaced" in note.text for note in found)


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ({"alias": "al2023@latest"}, "all nodes of gpu are replaced: al2023@latest"),
        ({"alias": "bottlerocket@v1.40.0"}, "If that release has none for 1.32"),
        ({"id": "ami-0123456789abcdef0"}, "all nodes of gpu stay, with the kubelet of their AMI"),
        ({"name": "ours-*"}, "are replaced once the terms select another AMI"),
    ],
)
def test_kubernetes_replaces_nodes_by_their_ami(term, said):
    """An alias is another AMI for another Kubernetes, an id is not; without a change of Kubernetes nothing is said."""
    family = {} if "alias" in term else {"amiFamily": "AL2023"}
    stack = [pool(), node_class(amiSelectorTerms=[term], **family)]
    assert said in texts(upgraded(*stack, karpenter=("1.2", "1.2"), kubernetes=("1.31", "1.32")).replaced)
    assert upgraded(*stack, karpenter=("1.2", "1.3")).replaced == ()


def test_manifests_that_change_replace_nodes():
    """What Karpenter hashes counts; what it compares with the cloud, such as subnets, does not."""
    tagged = [pool(), node_class(tags={"team": "ml"})]
    subnets = [pool(), node_class(subnetSelectorTerms=[{"id": "subnet-0123456789abcdef0"}])]
    labelled = [pool(labels={"team": "ml"}), node_class()]
    for afterwards, kinds in ((tagged, ["EC2NodeClass"]), (subnets, []), (labelled, ["NodePool"])):
        found = upgraded(pool(), node_class(), karpenter=("1.14", "1.15"), afterwards=afterwards).replaced
        assert [note.kind for note in found] == kinds


def test_refusals_are_those_of_the_new_versions():
    """What is refused already counts as well, since it is refused afterwards too; a kind that went is refused."""
    old = {
        "apiVersion": "karpenter.sh/v1beta1",
        "kind": "NodePool",
        "metadata": {"name": "old"},
        "spec": pool()["spec"],
    }
    rules = [each.rule.id for each in upgraded(old, karpenter=("1.0", "1.1")).refused]
    assert "schema/removed-field" in rules
    assert [each.rule.id for each in upgraded(pool(own=1), karpenter=("1.14", "1.15")).refused] == [
        "schema/unknown-field"
    ]
    assert upgraded(pool(), karpenter=("1.14", "1.14"), kubernetes=("1.36", "1.37")).is_refused


def test_findings_begin_and_end():
    """A gate that is no longer needed ends a finding; one that comes begins one."""
    ends = upgraded(node_class(**RESERVATION), karpenter=("1.5", "1.6"))
    assert [each.rule.id for each in ends.end] == ["versions/feature-gate"]
    begins = upgraded(node_class(**RESERVATION), karpenter=("1.6", "1.5"))
    assert [each.rule.id for each in begins.begin] == ["versions/feature-gate"]


def test_gates_that_came_went_or_turned():
    """Each gate has its defaults before and after, and how it is turned on."""
    gates = {gate.name: gate for gate in upgraded(pool(), karpenter=("1.5", "1.8")).gates}
    assert (gates["ReservedCapacity"].before, gates["ReservedCapacity"].after) == (False, True)
    assert (gates["StaticCapacity"].before, gates["StaticCapacity"].after) == (None, False)
    assert "staticCapacity=true" in gates["StaticCapacity"].how
    back = {gate.name: gate for gate in upgraded(pool(), karpenter=("1.8", "1.5")).gates}
    assert back["StaticCapacity"].after is None


def test_iam_actions_for_what_is_there():
    """An action for a feature is named where the manifests use the feature, or a setting needs it."""
    actions = [each.action for each in upgraded(pool(), node_class(), karpenter=("1.0", "1.15")).iam_actions]
    assert "iam:ListInstanceProfiles" in actions
    assert "ec2:DescribePlacementGroups" not in actions
    placed = node_class(placementGroupSelector={"name": "group"})
    assert "ec2:DescribePlacementGroups" in [
        each.action for each in upgraded(placed, karpenter=("1.0", "1.15")).iam_actions
    ]
    assert upgraded(placed, karpenter=("1.15", "1.0")).iam_actions == ()


@pytest.mark.parametrize(
    ("karpenter", "kubernetes", "said"),
    [
        (("1.10", "1.15"), ("1.33", "1.36"), "Karpenter first: Karpenter 1.10 supports"),
        (("1.4", "1.5"), ("1.25", "1.26"), "Kubernetes first: Karpenter 1.5 supports"),
        (("1.0", "1.15"), ("1.25", "1.37"), "In steps"),
        (("1.14", "1.15"), ("1.34", "1.35"), "it supports both versions of Kubernetes"),
        (("1.14", "1.14"), ("1.33", "1.35"), "2 steps to 1.35"),
        (("1.14", "1.14"), ("1.35", "1.34"), "does not go back"),
        (("1.14", "1.15"), ("1.34", "1.34"), "karpenter-crd to 1.15"),
    ],
)
def test_the_order(karpenter, kubernetes, said):
    """What the compatibility of both versions asks for comes first."""
    assert said in " ".join(upgraded(pool(), karpenter=karpenter, kubernetes=kubernetes).order)


def test_what_changes_in_instance_types():
    """Types that pools admit with the new version only, or no more, are named."""
    reserved = pool(
        requirements={"karpenter.sh/capacity-type": ["reserved"], "karpenter.k8s.aws/instance-family": ["p5"]}
    )
    change = upgraded(reserved, node_class(**RESERVATION), karpenter=("1.2", "1.3")).instance_types
    assert "p5.48xlarge" in change.pools["gpu"].added


def test_every_pair_of_versions_can_be_asked():
    """From any known version to any other there is an answer in both forms."""
    stack = [pool(), node_class(**RESERVATION), pod()]
    minors = list(karpenter_releases())
    for old, new in zip(minors, minors[1:] + minors[:1], strict=True):
        found = upgraded(*stack, karpenter=(old, new))
        assert upgrade_text(found)
        assert upgrade_data(found)["to"]["karpenter"] == new


def test_what_changes_is_of_releases_that_are_known():
    """Each row names a release of the table, and a source."""
    for row in (*READINGS, *IAM_ACTIONS):
        assert row.since in karpenter_releases()
        assert row.source.startswith("https://")
