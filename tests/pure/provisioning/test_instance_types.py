import pytest
from tests.pure.provisioning.manifests import ask, families, names, node_class, pool

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes
from cdk8s_eks_gpu.provisioning.node_class import read_node_class
from cdk8s_eks_gpu.quantity import format_quantity


def allocatable(name, **spec):
    """Return what a node of that type has in a node class with this spec, as text."""
    types = NodeClassInstanceTypes(read_node_class(Cursor(node_class(**spec))), catalogue())
    return {key: format_quantity(amount) for key, amount in types.allocatable(catalogue()[name]).items()}


def disk(device, **more):
    """Return a disk of 300Gi."""
    return {"blockDeviceMappings": [{"deviceName": device, "ebs": {"volumeSize": "300Gi"}, **more}]}


@pytest.mark.parametrize(
    ("spec", "storage"),
    [
        ({}, "17Gi"),
        (disk("/dev/xvda"), "269Gi"),
        (disk("/dev/xvdb"), "17Gi"),
        (disk("/dev/xvdb", rootVolume=True), "269Gi"),
        (disk("/dev/xvda") | {"amiSelectorTerms": [{"alias": "bottlerocket@latest"}]}, "17Gi"),
        (disk("/dev/xvdb") | {"amiFamily": "Bottlerocket"}, "269Gi"),
        ({"instanceStorePolicy": "RAID0"}, f"{(30_400 * 10**9 * 9 // 10 - 2**30) // 1024}Ki"),
        (disk("/dev/xvda") | {"kubelet": {"evictionHard": {"nodefs.available": "50%"}}}, "149Gi"),
        (disk("/dev/xvda") | {"kubelet": {"evictionHard": {"nodefs.available": "100%"}}}, "299Gi"),
    ],
)
def test_ephemeral_storage(spec, storage):
    """It follows from the disk of the AMI's family or the local NVMe disks, less what is kept free."""
    assert allocatable("p5.48xlarge", **spec)["ephemeral-storage"] == storage


@pytest.mark.parametrize(
    ("spec", "memory", "cpu", "pods"),
    [
        ({}, 1938410, "191450m", "100"),
        ({"kubelet": {"maxPods": 10}}, 1938410, "191450m", "10"),
        ({"kubelet": {"maxPods": 10}, "amiFamily": "Bottlerocket"}, 1938410 + 90 * 11, "191450m", "10"),
        ({"kubelet": {"maxPods": 10_000, "podsPerCore": 2}}, 1938410, "191450m", "384"),
        ({"kubelet": {"kubeReserved": {"memory": "1Gi", "cpu": "2"}}}, 1938410 + 1355 - 1024, "190", "100"),
        ({"kubelet": {"systemReserved": {"memory": "1Gi", "cpu": "450m"}}}, 1938410 - 1024, "191", "100"),
        ({"kubelet": {"evictionHard": {"memory.available": "300Mi"}}}, 1938410 - 200, "191450m", "100"),
    ],
)
def test_kubelet(spec, memory, cpu, pods):
    """What the kubelet keeps for itself is not there for pods."""
    found = allocatable("p5.48xlarge", **spec)
    assert (found["memory"], found["cpu"], found["pods"]) == (f"{memory}Mi", cpu, pods)


def efa_only(count):
    """Return network interfaces, so many of them EFA-only."""
    efas = [{"networkCardIndex": card, "deviceIndex": 1, "interfaceType": "efa-only"} for card in range(count)]
    return {"networkInterfaces": [{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}, *efas]}


def test_network_interfaces():
    """Nodes have the EFA interfaces that the node class starts them with, and types with fewer are not admitted."""
    assert allocatable("p4d.24xlarge", **efa_only(2))[vocabulary.EFA] == "2"
    (found,) = ask(pool(families("p4d", "g5")), node_class(**efa_only(4))).pools
    assert names(found.pool.types) == ["p4d.24xlarge"]


def test_al2023_does_not_run_on_a1():
    """Karpenter leaves a1 out for AL2023 only."""
    for alias, count in (("al2023@latest", 0), ("bottlerocket@latest", 6)):
        (found,) = ask(pool(families("a1")), node_class(amiSelectorTerms=[{"alias": alias}])).pools
        assert len(found.pool.types) == count


def test_malformed_node_class():
    """A quantity or percentage that is none counts as absent: admission refuses it."""
    kubelet = {"kubeReserved": {"cpu": "2x"}, "evictionHard": {"memory.available": "five%"}}
    assert allocatable("p5.48xlarge", kubelet=kubelet) == allocatable("p5.48xlarge")
