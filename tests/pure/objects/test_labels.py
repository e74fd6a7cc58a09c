from pathlib import Path

import pytest
from tests.pure.objects.everything import all_objects

from cdk8s_eks_gpu.config.load import load_cluster
from cdk8s_eks_gpu.names import label_value_fault
from cdk8s_eks_gpu.objects.device_plugins import device_plugins
from cdk8s_eks_gpu.objects.labels import cluster_labels, managed, of_cluster
from cdk8s_eks_gpu.objects.stack import with_cluster_settings

ROOT = Path(__file__).parents[3]
MANAGED_BY, CLUSTER = "app.kubernetes.io/managed-by", "eks-gpu.io/cluster"


def test_every_object_is_found_by_its_labels():
    """`kubectl get -l eks-gpu.io/cluster=NAME` finds all that is applied; charts that say Helm keep that."""
    labels = [manifest["metadata"]["labels"] for manifest in all_objects(load_cluster(ROOT / "cluster.yaml"))]
    assert {each[CLUSTER] for each in labels} == {"training-on-eks"}
    assert {each[MANAGED_BY] for each in labels} == {"cdk8s-eks-gpu", "Helm"}


def test_selectors_and_templates_stay_as_they_are():
    """A DaemonSet's selector cannot be changed, and a new label of a template starts every pod or node anew."""
    config = load_cluster(ROOT / "cluster.yaml")
    plain = [each for objects in device_plugins(with_cluster_settings(config)).values() for each in objects]
    assert "DaemonSet" in {each["kind"] for each in plain}
    labelled = [{**each, "metadata": each["metadata"]["name"]} for each in all_objects(config)]
    assert labelled[: len(plain)] == [{**each, "metadata": each["metadata"]["name"]} for each in plain]


def test_what_the_source_says_goes_first():
    """Neither label replaces one that is there, and the manifest itself is not changed."""
    manifest = {"kind": "Pod", "metadata": {"name": "x", "labels": {MANAGED_BY: "Helm", CLUSTER: "other"}}}
    assert managed(manifest) == of_cluster(manifest, "a") == manifest
    bare = {"kind": "Pod", "metadata": {"name": "x", "labels": None}}
    assert of_cluster(bare, "a")["metadata"]["labels"] == {MANAGED_BY: "cdk8s-eks-gpu", CLUSTER: "a"}
    assert managed(bare)["metadata"]["labels"] == {MANAGED_BY: "cdk8s-eks-gpu"}
    assert bare["metadata"]["labels"] is None


@pytest.mark.parametrize("name", ["a" * 64, "a" * 53 + "-_" + "b" * 40, "ends-with-", "ends_with_", "a" * 100])
def test_a_name_that_is_no_label_value_becomes_one(name):
    """EKS takes names that are longer or end otherwise; their labels are good, and tell them apart."""
    label = cluster_labels(name)[CLUSTER]
    assert label_value_fault(label) is None
    assert label != cluster_labels(f"{name[:-1]}x-")[CLUSTER]
    assert label.startswith(name[:9])
