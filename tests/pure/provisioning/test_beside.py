"""What Kueue adds to pods; RuntimeClasses and volumes have tests of their own."""

import pytest
from tests.pure.provisioning.manifests import ask, cluster, families, node_class, pod, pool

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.beside import is_queued

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
