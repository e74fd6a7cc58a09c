"""Each fact of an instance type says where it is from, and since when."""

from cdk8s_eks_gpu.instances import catalogue, provenance


def test_every_type_says_where_its_facts_are_from():
    """Labels and resources are of a document with a day; what is not known has neither."""
    for instance_type in catalogue().values():
        by_facts = {each.facts: each for each in provenance(instance_type)}
        assert by_facts["labels and resources"].since.startswith("2026-")
        assert bool(by_facts["spot"].document) is (instance_type.spot is not None)
        assert bool(by_facts["interfaces of network cards"].document) is bool(instance_type.interfaces_per_card)
        limits = by_facts["network bandwidth and pod-eni"]
        assert limits.since == (f"Karpenter {instance_type.since}" if instance_type.since else "")


def test_a_type_of_an_older_page_names_that_page():
    """A type that EC2's own description lacks has its facts from Karpenter's page of instance types."""
    pages = {each.source: provenance(each)[0] for each in catalogue().values()}
    assert "DescribeInstanceTypes" in pages["ec2"].document
    assert "/v1.14/" in pages["v1.14"].document
    assert pages["v1.14"].since != pages["ec2"].since
