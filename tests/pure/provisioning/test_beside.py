"""What Kueue and EKS add to pods; RuntimeClasses and volumes have tests of their own."""

import pytest
from tests.pure.provisioning.manifests import ask, cluster, families, node_class, pod, pool

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.beside import Beside, is_queued
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.provisioning.workload import read_workloads
from cdk8s_eks_gpu.requirements import Toleration

QUEUE = {"kueue.x-k8s.io/queue-name": "team"}
TAINT, OTHER = ({"key": key, "value": "a", "effect": "NoSchedule"} for key in ("team", "other"))


def flavor(name, *tolerations):
    """Return a ResourceFlavor of Kueue."""
    spec = {"nodeLabels": {"a": "b"}, "tolerations": list(tolerations)}
    return {"apiVersion": "kueue.x-k8s.io/v1beta1", "kind": "ResourceFlavor", "metadata": {"name": name}, "spec": spec}


def asking(labels=None, **more):
    """Return a pod for GPUs with labels."""
    manifest = pod({vocabulary.GPU: 8}, **more)
    manifest["metadata"]["labels"] = labels
    return manifest


@pytest.mark.parametrize(
    ("flavors", "labels", "is_hosted"),
    [
        ((), QUEUE, True),
        ((), {"app": "train"}, False),
        ((flavor("a", {"key": "team", "operator": "Exists"}),), QUEUE, True),
        ((flavor("a", {"key": "team", "operator": "Exists"}),), None, False),
        ((flavor("a"),), QUEUE, False),
        ((flavor("a"), flavor("b", {"key": "team", "value": "a"})), QUEUE, True),
        ((flavor("a", {"key": "team", "value": "b"}),), QUEUE, False),
    ],
)
def test_the_tolerations_of_resource_flavors(flavors, labels, is_hosted):
    """A pod that waits in a queue gets those of its flavor: of any that is there, and any where none is."""
    answer = ask(pool(families("p5"), taints=[TAINT]), node_class(), *flavors, asking(labels))
    assert (answer.workloads[-1].launch is not None) == is_hosted


def test_its_own_tolerations_stay():
    """What a flavor tolerates comes to what the pod tolerates itself."""
    own = asking(QUEUE, tolerations=[{"key": "other", "operator": "Exists"}])
    stack = (pool(families("p5"), taints=[TAINT, OTHER]), node_class(), flavor("a", {"key": "team", "value": "a"}), own)
    assert ask(*stack).workloads[-1].launch is not None


def test_who_waits():
    """A pod that is admitted already, as a cluster shows it, has all that Kueue adds."""
    manifests = asking(QUEUE), asking({}), asking(QUEUE) | {"status": {"phase": "Pending"}}
    waiting = [is_queued(each.object) for each in cluster(*manifests).workloads]
    assert waiting == [True, False, False]


GPU_TAINTS = [{"key": vocabulary.GPU, "value": "present", "effect": effect} for effect in ("NoSchedule", "NoExecute")]


@pytest.mark.parametrize(
    ("taint", "requests", "is_hosted"),
    [
        (GPU_TAINTS[0], {vocabulary.GPU: 8}, True),
        (GPU_TAINTS[1], {vocabulary.GPU: 8}, False),
        (GPU_TAINTS[0], {"cpu": 1}, False),
        (TAINT, {vocabulary.GPU: 8}, False),
        ({"key": vocabulary.EFA, "effect": "NoSchedule"}, {vocabulary.GPU: 8}, False),
        ({"key": vocabulary.EFA, "effect": "NoSchedule"}, {vocabulary.GPU: 8, vocabulary.EFA: 32}, True),
        ({"key": "cpu", "effect": "NoSchedule"}, {"cpu": 1}, False),
    ],
)
def test_the_tolerations_of_extended_resources(taint, requests, is_hosted):
    """The API server of EKS lets a pod onto the nodes that a taint keeps for a resource that it asks for."""
    stack = (pool(families("p5"), taints=[taint]), node_class(), pod(requests))
    assert (ask(*stack).workloads[0].launch is not None) == is_hosted


def test_another_api_server():
    """Elsewhere the plugin is off: a pod tolerates what it says."""
    asked = cluster(pool(families("p5"), taints=[GPU_TAINTS[0]]), node_class(), asking()).objects
    for on_eks in (True, False):
        found = Cluster(asked, on_eks=on_eks)
        assert bool(found.hosts(found.workloads[0])) == on_eks
    (found,) = read_workloads(asked[-1], Beside(on_eks=False))
    assert found.pod.tolerations == ()
    (found,) = read_workloads(asked[-1])
    assert found.pod.tolerations == (Toleration(vocabulary.GPU, "Exists", "", "NoSchedule"),)
