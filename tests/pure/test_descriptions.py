"""Reasons in words."""

from decimal import Decimal

from cdk8s_eks_gpu.descriptions import describe_briefly
from cdk8s_eks_gpu.provisioning.reasons import InsufficientResource, LabelNotSet


def test_labels_that_are_waited_for_are_one_reason():
    """The labels of several terms are named together, not in a sentence each; resources without their numbers."""
    insufficient = InsufficientResource("nvidia.com/gpu", Decimal(4), Decimal(0), Decimal(1))
    labels = [LabelNotSet("a"), insufficient, LabelNotSet("b")]
    assert describe_briefly(labels) == (
        "waits for labels a, b, which nothing in the manifests sets there; insufficient nvidia.com/gpu"
    )
    assert describe_briefly(labels[:1]) == "waits for label a, which nothing in the manifests sets there"
