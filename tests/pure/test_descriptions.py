"""Reasons in words."""

from decimal import Decimal

from cdk8s_eks_gpu.descriptions import describe_briefly, describe_slip
from cdk8s_eks_gpu.provisioning.reasons import InsufficientResource, LabelNotSet
from cdk8s_eks_gpu.provisioning.slips import UnknownValue
from cdk8s_eks_gpu.requirements import Requirement


def test_labels_that_are_waited_for_are_one_reason():
    """The labels of several terms are named together, not in a sentence each; resources without their numbers."""
    insufficient = InsufficientResource("nvidia.com/gpu", Decimal(4), Decimal(0), Decimal(1))
    labels = [LabelNotSet("a"), insufficient, LabelNotSet("b")]
    assert describe_briefly(labels) == (
        "waits for labels a, b, which nothing in the manifests sets there; insufficient nvidia.com/gpu"
    )
    assert describe_briefly(labels[:1]) == "waits for label a, which nothing in the manifests sets there"


def test_a_family_in_the_place_of_a_type_is_called_one():
    """`p5` is no type, and the reader learns of which label it is a value."""
    key = "node.kubernetes.io/instance-type"
    slip = UnknownValue(Requirement.of(key, "In", "p5"), "p5", None)
    assert describe_slip(slip) == (
        f"{key}: 'p5' is a family of instance types: name its types, or use karpenter.k8s.aws/instance-family."
    )
