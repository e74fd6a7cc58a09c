"""Which pods are for the nodes of the manifests' pools."""

import pytest
from tests.pure.provisioning.manifests import cluster, families, pod, pool, required, requirement, workload

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Document
from cdk8s_eks_gpu.manifests.kubernetes_object import objects_of
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.provisioning.needs_pool import labels_of_others, needs_pool

P5 = pool(families("p5"), labels={"team": "a"})
GPU = {vocabulary.GPU: 1}
TEMPLATE = {
    "apiVersion": "v1",
    "kind": "PodTemplate",
    "metadata": {"name": "work"},
    "template": {"spec": pod(GPU)["spec"]},
}
NODE_GROUP, FARGATE = "eks.amazonaws.com/nodegroup", "eks.amazonaws.com/compute-type"


def needed(*manifests):
    """Return whether the last workload of the manifests is for their pools."""
    found = cluster(*manifests)
    return needs_pool(found, found.workloads[-1])


def of_files(**manifests):
    """Return the cluster of a manifest in each of several folders."""
    return Cluster(
        each
        for folder, manifest in manifests.items()
        for each in objects_of(f"{folder}/test.yaml", Document(manifest, 1, 1, ""))
    )


@pytest.mark.parametrize(
    ("asked", "is_needed"),
    [
        (pod(GPU), True),
        (pod({"example.com/device": 1}), True),
        (pod({"cpu": 1}), False),
        (pod({vocabulary.GPU: 0}), False),
        (pod(resourceClaims=[{"name": "gpu", "resourceClaimTemplateName": "gpu"}]), True),
        (pod(nodeSelector={vocabulary.NODE_POOL: "gpu"}), True),
        (pod(nodeSelector={vocabulary.NODE_POOL: "other"}), False),
        (pod(affinity=required([requirement("a", "Exists")], [requirement(vocabulary.NODE_POOL, "In", "gpu")])), True),
        (pod(GPU, nodeName="ip-10-0-0-1"), False),
        (workload("Deployment", GPU), True),
        (workload("DaemonSet", GPU), False),
        (TEMPLATE, False),
    ],
)
def test_a_device_or_the_name_of_a_pool(asked, is_needed):
    """Such pods are for the pools; those of DaemonSets come to any node, and a template makes none."""
    assert needed(P5, asked) == is_needed


def test_without_pools():
    """Where the manifests have none, pods are for nodes of others."""
    assert not needed(pod(GPU))


@pytest.mark.parametrize(
    ("spec", "is_needed"),
    [
        ({"nodeSelector": {NODE_GROUP: "gpu"}}, False),
        ({"nodeSelector": {NODE_GROUP: "gpu", "team": "a"}}, False),
        ({"nodeSelector": {"team": "{{ .Values.team }}"}}, False),
        ({"nodeSelector": {"nobody": "defines"}}, True),
        ({"affinity": required([requirement(NODE_GROUP, "In", "gpu")], [requirement(FARGATE, "Exists")])}, False),
        ({"affinity": required([requirement(NODE_GROUP, "In", "gpu")], [requirement("team", "In", "a")])}, True),
        ({"affinity": required([requirement(FARGATE, "NotIn", "fargate")])}, True),
    ],
)
def test_nodes_of_others(spec, is_needed):
    """Who selects a managed node group, by each term, or waits for a value is for other nodes."""
    assert needed(P5, pod(GPU, **spec)) == is_needed


def test_a_label_of_others_that_a_pool_has():
    """Whoever gives a pool the label of a node group means the pool."""
    labelled = pool(families("p5"), labels={NODE_GROUP: "gpu"})
    assert needed(labelled, pod(GPU, nodeSelector={NODE_GROUP: "gpu"}))


@pytest.mark.parametrize(
    ("selector", "is_needed"),
    [
        ({}, True),
        ({"team": "a"}, True),
        ({vocabulary.INSTANCE_FAMILY: "p5"}, True),
        ({"nvidia.com/gpu.product": "H100"}, True),
        ({"nobody": "defines"}, False),
    ],
)
def test_pods_beside_several_set_ups(selector, is_needed):
    """In a folder without a pool, where others have theirs, a label that no pool defines may be a node group's."""
    asked = pod(GPU, nodeSelector=selector)
    found = of_files(a=P5, b=pool(families("g5"), name="b"), c=asked)
    assert needs_pool(found, found.workloads[0]) == is_needed
    beside = of_files(a=P5, c=asked)
    assert needs_pool(beside, beside.workloads[0])
    within = Cluster([*of_files(a=P5, b=pool(families("g5"), name="b")).objects, *of_files(a=asked).objects])
    assert needs_pool(within, within.workloads[0])


def test_the_labels_of_others():
    """They are told, sorted, unless a pool has one of them, or may have it since EKS Auto Mode launches its nodes."""
    asked = pod(nodeSelector={NODE_GROUP: "gpu", FARGATE: "ec2", "team": "a", "alpha.eksctl.io/nodegroup-name": "gpu"})
    found = cluster(P5, asked)
    others = ["alpha.eksctl.io/nodegroup-name", FARGATE, NODE_GROUP]
    assert labels_of_others(found, found.workloads[0]) == others
    auto = pool(name="auto")
    auto["spec"]["template"]["spec"]["nodeClassRef"] = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "a"}
    for other in (pool(labels={NODE_GROUP: "gpu"}), auto):
        found = cluster(P5, other, asked)
        assert labels_of_others(found, found.workloads[0]) == []
