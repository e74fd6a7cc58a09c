"""What is read of an EC2NodeClass, and what of it Karpenter disregards."""

from decimal import Decimal

import pytest
from tests.pure.provisioning.manifests import node_class

from cdk8s_eks_gpu.manifests import Cursor
from cdk8s_eks_gpu.provisioning.node_class import NetworkInterface, NodeClass, read_node_class
from cdk8s_eks_gpu.requirements.resources import CPU, MEMORY, STORAGE

GIB = 2**30


def read(karpenter="1.14.1", **spec):
    """Return what a node class with this spec says."""
    return read_node_class(Cursor(node_class(**spec)), karpenter)


def test_a_class_that_says_nothing():
    """Each field is absent, or has Karpenter's default."""
    assert read() == NodeClass("default")


def test_all_that_a_class_can_say():
    """Each field is read from where the CRD has it."""
    said = read(
        amiSelectorTerms=[{"alias": "AL2023@v20251112"}, {"alias": "bottlerocket@latest"}],
        networkInterfaces=[{"networkCardIndex": 1, "deviceIndex": 2, "interfaceType": "efa-only"}],
        instanceStorePolicy="RAID0",
        blockDeviceMappings=[{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "100Gi"}}],
        kubelet={
            "maxPods": 30,
            "podsPerCore": 4,
            "kubeReserved": {"cpu": "1"},
            "systemReserved": {"memory": "1Gi"},
            "evictionHard": {"memory.available": "5%", "nodefs.available": "1Gi", "pid.available": "10%"},
        },
        connectionTracking={"tcpEstablishedTimeout": "1h"},
        cpuOptions={"nestedVirtualization": "enabled"},
        capacityReservationSelectorTerms=[{"id": "cr-1"}],
    )
    assert said == NodeClass(
        "default",
        ami_family="al2023",
        ami_alias="AL2023@v20251112",
        network_interfaces=(NetworkInterface(1, 2, efa_only=True),),
        root_volume=Decimal(100 * GIB),
        raid0=True,
        max_pods=30,
        pods_per_core=4,
        kube_reserved={CPU: 1},
        system_reserved={MEMORY: GIB},
        eviction_hard={MEMORY: Decimal("0.05"), STORAGE: GIB},
        connection_tracking=True,
        nested_virtualization=True,
        selects_reservations=True,
        reservation_ids=frozenset({"cr-1"}),
    )


@pytest.mark.parametrize(
    ("terms", "ids"),
    [
        ([{"id": "cr-1"}, {"id": "cr-2"}], {"cr-1", "cr-2"}),
        ([{"id": "cr-1"}, {"tags": {"team": "a"}}], None),
        ([], None),
    ],
)
def test_the_reservations_that_a_class_names(terms, ids):
    """They are known where each term gives an id; tags may select any."""
    said = read(capacityReservationSelectorTerms=terms)
    assert said.reservation_ids == ids
    assert said.selects_reservations == bool(terms)


def test_the_family_that_a_class_names_comes_before_its_alias():
    """AmiFamily says which family it is, whatever AMIs are selected."""
    terms = [{"alias": "bottlerocket@latest"}]
    assert read(amiFamily="AL2023", amiSelectorTerms=terms).ami_family == "al2023"


def test_the_first_alias_counts():
    """A class has one alias; of more, which the CRD refuses, the first says the family."""
    said = read(amiSelectorTerms=[{"name": "own"}, {"alias": "al2023"}, {"alias": "bottlerocket@latest"}])
    assert (said.ami_family, said.ami_alias) == ("al2023", "al2023")


@pytest.mark.parametrize(
    ("karpenter", "family", "kept"),
    [
        ("1.8.2", "AL2023", {MEMORY: GIB}),
        ("1.9.0", "AL2023", {}),
        ("1.14.1", "AL2023", {}),
        ("1.8.2", "Bottlerocket", {}),
    ],
)
def test_soft_eviction(karpenter, family, kept):
    """Before 1.9 Karpenter keeps what evictionSoft says too, but of Bottlerocket."""
    said = read(karpenter, amiFamily=family, kubelet={"evictionSoft": {"memory.available": "1Gi"}})
    assert said.eviction_soft == kept


@pytest.mark.parametrize(
    ("threshold", "read_as"),
    [("5%", Decimal("0.05")), ("100%", 0), ("1Gi", GIB), ("x%", None), ("x", None), ("", None)],
)
def test_thresholds(threshold, read_as):
    """A threshold is a share, of which 100% stands for none, or an amount; what reads as neither is left out."""
    said = read(kubelet={"evictionHard": {"memory.available": threshold}})
    assert said.eviction_hard.get(MEMORY) == read_as


@pytest.mark.parametrize(
    ("interface", "read_as"),
    [
        ({}, NetworkInterface(0, 0, efa_only=False)),
        ({"networkCardIndex": -1, "deviceIndex": -1}, NetworkInterface(0, 0, efa_only=False)),
        (
            {"networkCardIndex": 3, "deviceIndex": 1, "interfaceType": "interface"},
            NetworkInterface(3, 1, efa_only=False),
        ),
    ],
)
def test_interfaces(interface, read_as):
    """Indices default to 0, as does what the CRD refuses; only efa-only interfaces carry no IP traffic."""
    assert read(networkInterfaces=[interface]).network_interfaces == (read_as,)


def volume(device, size, **more):
    """Return a block device mapping."""
    return {"deviceName": device, "ebs": {"volumeSize": size}, **more}


@pytest.mark.parametrize(
    ("family", "volumes", "size"),
    [
        ("AL2023", [volume("/dev/xvda", "30Gi"), volume("/dev/xvdb", "40Gi")], 30),
        ("AL2023", [volume("/dev/xvdb", "40Gi")], None),
        ("AL2023", [volume("/dev/xvda", "30Gi"), volume("/dev/sdx", "40Gi", rootVolume=True)], 40),
        ("AL2023", [volume("/dev/xvda", "30Gi"), volume("/dev/sdx", None, rootVolume=True)], 30),
        ("Bottlerocket", [volume("/dev/xvda", "4Gi"), volume("/dev/xvdb", "40Gi")], 40),
        ("Windows2022", [volume("/dev/xvda", "30Gi"), volume("/dev/sda1", "60Gi")], 60),
        ("Custom", [volume("/dev/a", "30Gi"), volume("/dev/b", "40Gi")], 40),
        ("Custom", [], None),
    ],
)
def test_the_volume_of_ephemeral_storage(family, volumes, size):
    """It is the one that is marked as root, or the one on the family's device; of a custom AMI it is the last."""
    found = read(amiFamily=family, blockDeviceMappings=volumes).root_volume
    assert found == (size and size * GIB)


@pytest.mark.parametrize(
    ("interfaces", "count"),
    [(None, None), ([], 0), ([{"interfaceType": "efa-only"}, {"interfaceType": "interface"}], 1)],
)
def test_efa_interfaces_of_every_node(interfaces, count):
    """Where the class lists interfaces, every node has its efa-only ones; else that depends on the pods."""
    assert read(networkInterfaces=interfaces).efa_interfaces == count
