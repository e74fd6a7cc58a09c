"""What nodes of a class have, and which instance types the class can launch."""

from decimal import Decimal

import pytest
from tests.pure.provisioning.manifests import ask, families, names, node_class, pool

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import Catalogue, catalogue
from cdk8s_eks_gpu.instances.table import Table, table
from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes
from cdk8s_eks_gpu.provisioning.node_class import read_node_class
from cdk8s_eks_gpu.provisioning.overlaid_instance_types import OverlaidInstanceTypes
from cdk8s_eks_gpu.provisioning.reasons import InsufficientResource
from cdk8s_eks_gpu.quantity import format_quantity
from cdk8s_eks_gpu.requirements import Requirement

ALL = catalogue().everything
WINDOWS = {"amiSelectorTerms": [{"alias": "windows2022@latest"}]}
HUGE = "hugepages-2Mi"


def of_class(known=None, **spec):
    """Return the instance types under a node class with this spec."""
    return NodeClassInstanceTypes(read_node_class(Cursor(node_class(**spec))), known or catalogue())


def where(holds):
    """Return the set of types of which something holds."""
    return sum(1 << place for place, each in enumerate(catalogue().values()) if holds(each))


AMD64 = where(lambda each: each.labels[vocabulary.ARCH] == "amd64")
P5 = where(lambda each: each.family == "p5")


def allocatable(name, **spec):
    """Return what a node of that type has in a node class with this spec, as text."""
    return {key: format_quantity(amount) for key, amount in of_class(**spec).allocatable(catalogue()[name]).items()}


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


@pytest.mark.parametrize(
    ("key", "operator", "values", "linux", "windows"),
    [
        (vocabulary.OS, "In", ["linux"], ALL, 0),
        (vocabulary.OS, "In", ["windows"], 0, AMD64),
        (vocabulary.OS, "NotIn", ["linux"], 0, ALL),
        (vocabulary.OS, "NotIn", ["windows"], ALL, ALL & ~AMD64),
        (vocabulary.OS, "Exists", [], ALL, AMD64),
        (vocabulary.OS, "DoesNotExist", [], 0, ALL & ~AMD64),
        (vocabulary.WINDOWS_BUILD, "In", ["10.0.20348"], 0, ALL),
        (vocabulary.WINDOWS_BUILD, "In", ["10.0.17763"], 0, 0),
        (vocabulary.WINDOWS_BUILD, "DoesNotExist", [], ALL, 0),
        (vocabulary.REGION, "In", ["us-west-2"], ALL, ALL),
        (vocabulary.REGION, "NotIn", ["us-west-2"], ALL, ALL),
        (vocabulary.REGION, "DoesNotExist", [], 0, 0),
        (vocabulary.CAPACITY_TYPE, "DoesNotExist", [], ALL, ALL),
        (vocabulary.INSTANCE_FAMILY, "In", ["p5"], P5, P5),
    ],
)
def test_labels_that_are_no_facts_of_a_type(key, operator, values, linux, windows):
    """The AMI decides about the operating system, the account about the region, and offerings about capacity types."""
    asked = Requirement.of(key, operator, *values)
    assert (of_class().satisfying(asked), of_class(**WINDOWS).satisfying(asked)) == (linux, windows)


@pytest.mark.parametrize(
    ("spec", "kept_out"),
    [
        ({}, {}),
        ({"amiSelectorTerms": [{"alias": "al2023@latest"}]}, {"amiFamily": where(lambda each: each.family == "a1")}),
        (
            {"connectionTracking": {"tcpEstablishedTimeout": "60s"}},
            {"connectionTracking": where(lambda each: each.labels.get(vocabulary.INSTANCE_HYPERVISOR) != "nitro")},
        ),
        (
            {"cpuOptions": {"nestedVirtualization": "enabled"}},
            {"cpuOptions.nestedVirtualization": where(lambda each: not each.nested_virtualization)},
        ),
        ({"networkInterfaces": []}, {"networkInterfaces": where(lambda each: each.ena is False)}),
    ],
)
def test_what_keeps_types_out_of_a_class(spec, kept_out):
    """Each field keeps out the types that it does not go with, and the class launches the others."""
    found = of_class(**spec)
    assert found.incompatible == kept_out
    assert found.compatible == ALL & ~sum(kept_out.values())


def interfaces(*places):
    """Return network interfaces at these cards and devices, the first of them for addresses and the rest for EFA."""
    return {
        "networkInterfaces": [
            {"networkCardIndex": card, "deviceIndex": device, "interfaceType": "efa-only" if number else "interface"}
            for number, (card, device) in enumerate(places)
        ]
    }


@pytest.mark.parametrize(
    ("name", "places", "launched"),
    [
        ("g5.xlarge", [(0, 0)], True),
        ("g5.xlarge", [(0, 3)], True),
        ("g5.xlarge", [(0, 4)], False),
        ("g5.xlarge", [(1, 0)], False),
        ("g5.xlarge", [(0, 0), (0, 1)], False),
        ("c6in.32xlarge", [(1, 7)], True),
        ("c6in.32xlarge", [(1, 8)], False),
        ("c6in.32xlarge", [(2, 0)], False),
        ("p4d.24xlarge", [(0, device) for device in range(5)], True),
        ("p4d.24xlarge", [(0, device) for device in range(6)], False),
    ],
)
def test_places_for_network_interfaces(name, places, launched):
    """A type has so many cards, so many places on each of them, and so many EFA interfaces."""
    place = list(catalogue()).index(name)
    assert bool(of_class(**interfaces(*places)).compatible >> place & 1) == launched


@pytest.mark.parametrize(
    ("cards", "place", "launched"),
    [("", (0, 9), True), ("", (1, 0), False), ("4", (3, 9), True), ("4", (4, 0), False)],
)
def test_a_type_whose_places_are_not_known(cards, place, launched):
    """Of a type that is newer than the facts about interfaces only the number of cards counts: one, if not known."""
    columns = table()._columns  # noqa: SLF001 -- those of the file
    cells = {"network-cards": cards, columns[0]: "p99.large"}
    text = "\n".join([",".join(columns), ",".join(cells.get(column, "") for column in columns)])
    assert of_class(Catalogue(Table(text)), **interfaces(place)).compatible == launched


class Watched(Catalogue):
    """The types of the facts, which remembers which of them somebody has looked at."""

    def __init__(self):
        """Begin with none."""
        super().__init__(table())
        self.seen = set()

    def at(self, position):
        """Return the type at the position."""
        self.seen.add(position)
        return super().at(position)


def test_of_one_pool_only_its_types_are_looked_at():
    """All others come in with the first question beyond them: a stack of one pool is quick to judge."""
    watched = Watched()
    types = of_class(watched)
    for _ in range(2):
        assert types.with_capacity_of(vocabulary.GPU, 0b110) == 0
        assert watched.seen == {1, 2}
    assert types.with_capacity_of(vocabulary.GPU, P5) == P5
    assert len(watched.seen) == len(watched)


def overlaid(*overlays):
    """Return the types of an empty class with what overlays say, each of them (types, resource, amount)."""
    return OverlaidInstanceTypes(of_class(), tuple((types, name, Decimal(amount)) for types, name, amount in overlays))


def test_a_resource_of_an_overlay():
    """Its types have just so much of it, for requests and for limits, and the others what they have anyway."""
    found = overlaid((P5, "example.com/x", 4))
    assert [found.fitting({"example.com/x": Decimal(amount)}, ALL) for amount in (3, 4, 5)] == [P5, P5, 0]
    assert [found.within({"example.com/x": Decimal(amount)}, ALL) for amount in (3, 4, 5)] == [ALL & ~P5, ALL, ALL]
    assert overlaid((ALL, "example.com/x", 4)).within({"example.com/x": Decimal(3)}, ALL) == 0
    more = overlaid((P5, vocabulary.GPU, 100))
    with_gpu = where(lambda each: each.count(vocabulary.GPU))
    assert more.fitting({vocabulary.GPU: Decimal(1)}, ALL) == with_gpu
    assert more.fitting({vocabulary.GPU: Decimal(100)}, ALL) == P5
    assert more.fitting({vocabulary.GPU: Decimal(100)}, ALL & ~P5) == 0


def test_the_capacity_with_an_overlay():
    """A node has all of what its type has, and what overlays of the type say."""
    found = overlaid((P5, "example.com/x", 4), (ALL & ~P5, "example.com/y", 8))
    for place, name in enumerate(catalogue()):
        if name in {"p5.48xlarge", "g5.xlarge"}:
            added = {"example.com/x": 4} if name == "p5.48xlarge" else {"example.com/y": 8}
            assert found.capacity(place) == {**of_class().capacity(catalogue()[name]), **added}


def test_huge_pages_are_taken_out_of_the_memory():
    """Who asks for any memory gets what the huge pages leave; other resources stay as they are."""
    everything = overlaid((P5, HUGE, 10**15))
    assert everything.fitting({"memory": Decimal(0)}, P5) == P5
    assert everything.fitting({"memory": Decimal(1)}, P5) == 0
    assert everything.fitting({"cpu": Decimal(1)}, P5) == P5
    place = list(catalogue()).index("p5.48xlarge")
    has = of_class().allocatable(catalogue()["p5.48xlarge"])
    half = overlaid((P5, HUGE, 2**30), (ALL & ~P5, HUGE, 2**20), (P5, "example.com/x", 4))
    assert half.allocatable(catalogue()["p5.48xlarge"], place) == {
        **has,
        "memory": has["memory"] - 2**30,
        HUGE: 2**30,
        "example.com/x": 4,
    }
    assert half.fitting({"memory": has["memory"] - 2**30}, 1 << place) == 1 << place
    assert half.fitting({"memory": has["memory"] - 2**30 + 1}, 1 << place) == 0
    assert everything.allocatable(catalogue()["p5.48xlarge"], place)["memory"] == 0


def test_shortages():
    """Types that lack the same, and have as much of it, come together; those that lack nothing do not come."""
    found = overlaid().shortages({vocabulary.GPU: Decimal(8)}, {vocabulary.GPU: Decimal(1), "cpu": Decimal(1)})
    types = of_class()
    assert found
    for type_set, reasons in found:
        for instance_type in catalogue().of_set(type_set):
            has = types.allocatable(instance_type)
            lacking = []
            if has["cpu"] < 1:
                lacking.append(InsufficientResource("cpu", Decimal(0), Decimal(1), has["cpu"]))
            if has.get(vocabulary.GPU, 0) < 9:
                gpus = has.get(vocabulary.GPU, Decimal(0))
                lacking.append(InsufficientResource(vocabulary.GPU, Decimal(8), Decimal(1), gpus))
            assert reasons == tuple(lacking)
    lacks_any = where(lambda each: each.count(vocabulary.GPU) < 9)
    assert sum(type_set for type_set, _ in found) == lacks_any
    few = overlaid().shortages({"cpu": Decimal(191)}, {})
    assert sum(type_set for type_set, _ in few) == where(lambda each: types.allocatable(each)["cpu"] < 191)
