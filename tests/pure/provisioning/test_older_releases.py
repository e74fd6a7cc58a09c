"""What pools launch and pods can run on as each release of Karpenter sees it."""

import pytest
from tests.pure.preflight.stacks import node_class, pod, pool

from cdk8s_eks_gpu.instances import catalogue_for
from cdk8s_eks_gpu.manifests import Document, KubernetesObject
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.releases import karpenter_releases

MINORS = list(karpenter_releases())
AWS = "karpenter.k8s.aws"
RESERVATION = {"capacityReservationSelectorTerms": [{"id": "cr-0123456789abcdef0"}]}


def cluster(*manifests, karpenter):
    """Return what the manifests are to a version of Karpenter."""
    return Cluster([KubernetesObject("stack", Document(each, 1, 1, ""), each) for each in manifests], karpenter)


def launched(*manifests, karpenter):
    """Return the names of the types that the first pool launches."""
    return {each.name for each in cluster(*manifests, karpenter=karpenter).pools[0].types}


@pytest.mark.parametrize("karpenter", MINORS)
def test_reserved_is_an_offering_since_1_3(karpenter):
    """Before, a pool of reserved nodes launches nothing, with a reservation or without one."""
    reserved = pool(requirements={"karpenter.sh/capacity-type": ["reserved"], f"{AWS}/instance-family": ["p5"]})
    found = launched(reserved, node_class(**RESERVATION), karpenter=karpenter)
    assert bool(found) is (int(karpenter.partition(".")[2]) >= 3)


@pytest.mark.parametrize("karpenter", MINORS)
@pytest.mark.parametrize(
    ("label", "since"),
    [
        ("instance-cpu-sustained-clock-speed-mhz", 1),
        ("capacity-reservation-id", 3),
        ("capacity-reservation-type", 6),
        ("instance-capability-flex", 7),
        ("instance-tenancy", 9),
        ("capacity-reservation-interruptible", 10),
        ("placement-group-id", 11),
    ],
)
def test_a_pod_may_select_a_label_once_karpenter_knows_it(karpenter, label, since):
    """Before, a pod that wants the label to be there gets no node: no pool defines it."""
    affinity = {"matchExpressions": [{"key": f"{AWS}/{label}", "operator": "Exists"}]}
    terms = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [affinity]}}
    selecting = pod(affinity={"nodeAffinity": terms})
    stack = cluster(pool(), node_class(**RESERVATION), selecting, karpenter=karpenter)
    (fit,) = [stack.fit(each, stack.workloads[0]) for each in stack.pools]
    words = [type(reason).__name__ for _, reasons in fit.rejections for reason in reasons]
    is_known = int(karpenter.partition(".")[2]) >= since
    assert ("RestrictedLabel" in words or "LabelNotDefined" in words) is not is_known


@pytest.mark.parametrize("karpenter", MINORS)
def test_types_of_a_releases_own_tables_alone_have_limits(karpenter):
    """A type that came later has neither bandwidth nor pod-eni, and all that the release knows have the first."""
    version = int(karpenter.partition(".")[2])
    for each in catalogue_for(karpenter).values():
        is_there = each.since is not None and int(each.since.partition(".")[2]) <= version
        assert each.has_limits is is_there
        assert is_there or f"{AWS}/instance-network-bandwidth" not in each.labels


def test_neuron_before_1_1():
    """Karpenter 1.0 calls all of Neuron inferentia, counts no cores, and of Trainium knows trn1 alone."""
    old, new = catalogue_for("1.0"), catalogue_for("1.1")
    name = f"{AWS}/instance-accelerator-name"
    assert (old["inf2.xlarge"].labels[name], old["trn1.2xlarge"].labels[name]) == ("inferentia", "inferentia")
    assert new["trn1.2xlarge"].labels[name] != "inferentia"
    assert "aws.amazon.com/neuroncore" not in old["trn1.2xlarge"].quantities
    assert "aws.amazon.com/neuroncore" in new["trn1.2xlarge"].quantities
    assert name not in old["trn2.48xlarge"].labels
    assert not old["trn2.48xlarge"].count("aws.amazon.com/neuron")
    assert old["p5.48xlarge"].labels == catalogue_for("1.0")["p5.48xlarge"].labels


@pytest.mark.parametrize(("karpenter", "hosts"), [("1.8", False), ("1.9", True), ("1.15", True)])
def test_soft_eviction_is_kept_before_1_9(karpenter, hosts):
    """Up to 1.8 Karpenter keeps what evictionSoft says, if it is more than evictionHard."""
    kubelet = {"evictionHard": {"memory.available": "1Gi"}, "evictionSoft": {"memory.available": "10%"}}
    asking = pod(limits={"cpu": 1, "memory": "1800Gi"})
    stack = cluster(pool(), node_class(kubelet=kubelet), asking, karpenter=karpenter)
    assert bool(stack.hosts(stack.workloads[0])) is hosts


def test_soft_eviction_of_bottlerocket_was_never_kept():
    """Karpenter does not pass it on to Bottlerocket."""
    bottlerocket = node_class(
        amiSelectorTerms=[{"alias": "bottlerocket@latest"}], kubelet={"evictionSoft": {"memory.available": "10%"}}
    )
    stack = cluster(pool(), bottlerocket, pod(limits={"memory": "1800Gi"}), karpenter="1.8")
    assert stack.hosts(stack.workloads[0])
