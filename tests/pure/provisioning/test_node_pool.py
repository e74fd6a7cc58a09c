"""What is read of a NodePool, and what Karpenter itself adds to it."""

from tests.pure.provisioning.manifests import node_class, pool, requirement

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Cursor
from cdk8s_eks_gpu.provisioning.node_pool import read_node_pool
from cdk8s_eks_gpu.requirements import Requirement, Requirements, Taint


def test_a_pool_that_says_nothing():
    """Its nodes are of the EC2NodeClass that it names none of, and have the labels that Karpenter sets."""
    said = read_node_pool(Cursor({"metadata": {"name": "gpu"}, "spec": {}}))
    assert (said.node_class_group, said.node_class_kind, said.node_class) == ("karpenter.k8s.aws", "EC2NodeClass", "")
    assert said.requirements == Requirements.of_labels(
        {
            "karpenter.sh/nodepool": "gpu",
            "karpenter.k8s.aws/ec2nodeclass": "",
            "karpenter.sh/registered": "true",
            "karpenter.sh/initialized": "true",
        }
    )
    assert (said.taints, said.startup_taints, dict(said.limits)) == ((), (), {})
    assert (said.weight, said.replicas) == (0, None)


def test_all_that_a_pool_can_say():
    """Each field is read from where the CRD has it."""
    manifest = pool(
        requirement(vocabulary.ARCH, "In", "arm64"),
        labels={"team": "vision"},
        limits={"cpu": "10"},
        taints=[{"key": "a", "effect": "NoSchedule"}],
        startupTaints=[{"key": "b", "value": "c", "effect": "NoExecute"}],
    )
    reference = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "own"}
    manifest["spec"]["template"]["spec"]["nodeClassRef"] = reference
    manifest["spec"] |= {"weight": 7, "replicas": 3}
    said = read_node_pool(Cursor(manifest))
    assert (said.name, said.node_class_group, said.node_class_kind, said.node_class) == (
        "gpu",
        "eks.amazonaws.com",
        "NodeClass",
        "own",
    )
    assert said.written == Requirements([Requirement.of(vocabulary.ARCH, "In", "arm64")])
    assert said.template_labels == Requirements.of_labels({"team": "vision"})
    assert said.requirements == Requirements.of_labels(
        {
            vocabulary.ARCH: "arm64",
            "team": "vision",
            "karpenter.sh/nodepool": "gpu",
            "eks.amazonaws.com/nodeclass": "own",
            "karpenter.sh/registered": "true",
            "karpenter.sh/initialized": "true",
        }
    )
    assert said.taints == (Taint("a", "NoSchedule"),)
    assert said.startup_taints == (Taint("b", "NoExecute", "c"),)
    assert (dict(said.limits), said.weight, said.replicas) == ({"cpu": 10}, 7, 3)


def test_a_label_that_contradicts_a_requirement():
    """What a pool requires and what it labels its nodes with hold together: here no value is left."""
    manifest = pool(requirement("team", "In", "speech"), labels={"team": "vision"})
    said = read_node_pool(Cursor(manifest))
    assert said.requirements["team"] == Requirement.of("team", "DoesNotExist")


def test_the_class_of_the_pool_is_one_of_its_labels():
    """A pod may select nodes by the node class, which Karpenter sets as a label of its kind."""
    assert (
        node_class()["metadata"]["name"]
        in read_node_pool(Cursor(pool())).requirements["karpenter.k8s.aws/ec2nodeclass"]
    )
