"""What a node has, what is kept from pods, and what is left: against what Karpenter's own code said of every type."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.pure.provisioning.manifests import node_class

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes
from cdk8s_eks_gpu.provisioning.node_arithmetic import capacity, eni_limited_pods, overhead
from cdk8s_eks_gpu.provisioning.node_class import NodeClass, read_node_class
from cdk8s_eks_gpu.quantity import parse_quantity
from cdk8s_eks_gpu.requirements.resources import CPU, MEMORY, PODS, STORAGE

GIB = 2**30


def types(**spec):
    """Return the instance types under a node class with this spec."""
    return NodeClassInstanceTypes(read_node_class(Cursor(node_class(**spec))), catalogue())


def test_every_type_gets_what_the_facts_say():
    """Under the default class, the computed allocatable of every instance type equals that of the facts."""
    default = types()
    computed = {name: dict(default.allocatable(each)) for name, each in catalogue().items()}
    assert computed == {name: dict(each.allocatable) for name, each in catalogue().items()}


def test_capacity_less_overhead_is_allocatable():
    """Of no resource more is left than there was, and what is kept is exactly the difference."""
    default = types()
    for each in catalogue().values():
        has, left = capacity(each, default.node_class), default.allocatable(each)
        kept = overhead(each, default.node_class, has)
        assert {name: has[name] - kept.get(name, 0) for name in has} == dict(left)
        assert min(kept.values()) > 0


@pytest.mark.parametrize(
    ("name", "cpu", "memory", "pods"),
    # cores; 92.5% of the memory, rounded up, of arm64 less 64 MiB; addresses
    [("m5.large", 2, 8192 - 615, 29), ("m6g.medium", 1, 4032 - 303, 8), ("p5.48xlarge", 192, 2097152 - 157287, 100)],
)
def test_capacity(name, cpu, memory, pods):
    """Capacity follows from vCPUs, memory less what the hypervisor takes, and the addresses for pods."""
    found = capacity(catalogue()[name], NodeClass("default"))
    assert (found[CPU], found[MEMORY] / 2**20, found[PODS], found[STORAGE] / GIB) == (cpu, memory, pods, 20)


@pytest.mark.parametrize(
    ("cores", "kept"), [("m6g.medium", "0.06"), ("m5.large", "0.07"), ("m5.xlarge", "0.08"), ("m5.2xlarge", "0.09")]
)
def test_reserved_cpu(cores, kept):
    """6% of the first core is kept for Kubernetes, 1% of the second, 0.5% of two more, and 0.25% of the rest."""
    each, node = catalogue()[cores], NodeClass("default")
    assert overhead(each, node, capacity(each, node))[CPU] == Decimal(kept)


def test_efa_only_interfaces_on_the_first_card_take_addresses():
    """An efa-only interface has no addresses: on card 0 it takes the place of one that has some."""
    interfaces = [
        {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
        {"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"},
    ]
    node = read_node_class(Cursor(node_class(networkInterfaces=interfaces)))
    each = catalogue()["p5.48xlarge"]
    on_card = each.interfaces_per_card[0]
    all_pods = each.allocatable[PODS]
    assert eni_limited_pods(each, node) == (all_pods - 2) / on_card * (on_card - 1) + 2 < all_pods


@pytest.mark.parametrize(
    ("efa_only", "pods"),
    # 15 interfaces of 49 addresses each, and two pods of the host's network
    [(0, 737), (1, 14 * 49 + 2), (5, 10 * 49 + 2), (14, 49 + 2), (15, 0), (16, 0)],
)
def test_addresses_that_efa_only_interfaces_leave(efa_only, pods):
    """Each efa-only interface on card 0 takes the addresses of one; where they take all, no pod has one."""
    interfaces = [{"networkCardIndex": 0, "deviceIndex": at, "interfaceType": "efa-only"} for at in range(efa_only)]
    interfaces.append({"networkCardIndex": 1, "deviceIndex": 1, "interfaceType": "efa-only"})
    node = read_node_class(Cursor(node_class(networkInterfaces=interfaces)))
    assert eni_limited_pods(catalogue()["p4d.24xlarge"], node) == pods


def test_cards_that_take_different_numbers_of_interfaces():
    """Only the interfaces of card 0 have addresses for pods."""
    interfaces = [{"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"}]
    each = catalogue()["i7ie.48xlarge"]
    assert each.interfaces_per_card[:2] == (8, 7)
    assert eni_limited_pods(each, read_node_class(Cursor(node_class(networkInterfaces=interfaces)))) == 7 * 49 + 2


def test_a_type_whose_interfaces_are_not_known():
    """Where nobody knows a type's interfaces, efa-only ones change nothing, and Windows finds no addresses."""
    interfaces = [{"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"}]
    unknown = replace(catalogue()["m5.large"], name="m99.large", interfaces=())
    assert eni_limited_pods(unknown, read_node_class(Cursor(node_class(networkInterfaces=interfaces)))) == 29
    windows = read_node_class(Cursor(node_class(amiFamily="Windows2022")))
    assert capacity(unknown, windows)[vocabulary.PRIVATE_IPV4] == 0


@pytest.mark.parametrize(("name", "addresses"), [("m5.large", 9), ("m6g.large", 0)])
def test_addresses_of_windows(name, addresses):
    """An interface of m5.large has nine addresses for pods; Windows does not run on arm64, which has none for it."""
    windows = read_node_class(Cursor(node_class(amiFamily="Windows2022")))
    assert capacity(catalogue()[name], windows)[vocabulary.PRIVATE_IPV4] == addresses


@pytest.mark.parametrize(
    ("threshold", "kept"),
    [("1", 1), ("2Gi", 2 * GIB), ("100%", 0), ("50%", 3788 * 2**20 + 2**19)],
)
def test_what_must_stay_free(threshold, kept):
    """A threshold is an amount, or a share of the node's memory of which 100% stands for none."""
    kubelet = {"kubeReserved": {"memory": "0"}, "evictionHard": {"memory.available": threshold}}
    node = read_node_class(Cursor(node_class(kubelet=kubelet)))
    each = catalogue()["m5.large"]
    assert overhead(each, node, capacity(each, node))[MEMORY] == kept


@pytest.mark.parametrize(
    ("family", "pods"), [("AL2023", 29), ("Bottlerocket", 10), ("Windows2022", 10), ("Custom", 29)]
)
def test_memory_that_is_kept_for_kubernetes(family, pods):
    """It follows from the pods that have addresses; of Bottlerocket and Windows from those that are allowed."""
    node = read_node_class(Cursor(node_class(amiFamily=family, kubelet={"maxPods": 10})))
    each = catalogue()["m5.large"]
    kept = overhead(each, node, capacity(each, node))[MEMORY]
    assert kept / 2**20 == 11 * pods + 255 + 100


@pytest.mark.parametrize(
    ("spec", "storage"),
    [
        ({}, 20 * GIB),
        ({"instanceStorePolicy": "RAID0"}, 125 * 10**9),
        ({"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "100Gi"}}]}, 100 * GIB),
    ],
)
def test_ephemeral_storage(spec, storage):
    """It is on the root volume, or on the instance store of types that have one and a class that takes it."""
    assert capacity(catalogue()["g4dn.xlarge"], read_node_class(Cursor(node_class(**spec))))[STORAGE] == storage


@pytest.mark.parametrize(
    ("family", "kubelet", "pods"),
    [
        ("AL2023", {"maxPods": 10}, 10),
        ("AL2023", {"podsPerCore": 4}, 8),
        ("AL2023", {"podsPerCore": 4, "maxPods": 6}, 6),
        ("AL2023", {"podsPerCore": 40}, 29),
        ("Bottlerocket", {"podsPerCore": 4}, 29),
    ],
)
def test_pods_of_a_node(family, kubelet, pods):
    """The smaller of both limits holds; Bottlerocket has none by cores."""
    node = read_node_class(Cursor(node_class(amiFamily=family, kubelet=kubelet)))
    assert capacity(catalogue()["m5.large"], node)[PODS] == pods


def test_windows():
    """A node of Windows has a larger volume, 110 pods, and addresses for them as a resource."""
    windows = types(amiSelectorTerms=[{"alias": "windows2022@latest"}])
    found = windows.capacity(catalogue()["m5.large"])
    assert (found[STORAGE] / GIB, found[PODS], found[vocabulary.PRIVATE_IPV4]) == (50, 110, 9)


def test_a_type_of_which_too_much_is_reserved_is_not_taken():
    """A class that reserves more memory than a type has keeps the type out, and no other."""
    reserves = types(kubelet={"systemReserved": {"memory": "10Gi"}})
    everything = reserves.catalogue.everything
    left_out = everything & ~reserves.nowhere_negative(everything)
    names = {each.name for each in catalogue().of_set(left_out)}
    assert "m5.large" in names
    assert "m5.xlarge" not in names
    ten = parse_quantity("10Gi")
    assert names == {name for name, each in catalogue().items() if each.allocatable[MEMORY] < ten}
