"""Where nodes come from, in which order, and when they end."""

import pytest
import yaml
from tests.pure.preflight.stacks import efa_interfaces, node_class, pool

from cdk8s_eks_gpu.explain import explain
from cdk8s_eks_gpu.explain.page import answer_page
from cdk8s_eks_gpu.explain.to_json import answer_data
from cdk8s_eks_gpu.manifests import read_texts
from cdk8s_eks_gpu.provisioning.cluster import Cluster

TYPE = "node.kubernetes.io/instance-type"
CAPACITY = "karpenter.sh/capacity-type"
KIND = "karpenter.k8s.aws/capacity-reservation-type"
P5 = {TYPE: ["p5.48xlarge"]}
TERMS = [{"id": "cr-1"}, {"tags": {"team": "ml"}, "ownerID": "123456789012"}]


def answer(manifest, spec=None, karpenter="1.14"):
    """Return what is said of the pool of a node class."""
    objects = read_texts({"a.yaml": yaml.safe_dump_all([manifest, node_class(**(spec or {}))])}).objects
    return explain(Cluster(objects, karpenter))


def said(found, topic):
    """Return the statements of a topic."""
    return [each.text for each in found.pools[0].capacity.about(topic)]


@pytest.mark.parametrize(
    ("types", "spec", "karpenter", "expected"),
    [
        (None, {}, "1.14", ["1. spot", "2. on-demand"]),
        (["on-demand"], {}, "1.14", ["1. on-demand"]),
        (
            ["reserved"],
            {"capacityReservationSelectorTerms": TERMS[:1]},
            "1.14",
            ["1. capacity reservation cr-1", "nothing else"],
        ),
        (
            ["on-demand", "spot", "reserved"],
            {"capacityReservationSelectorTerms": TERMS},
            "1.14",
            ["1. capacity reservations cr-1 or tags team=ml, owner 123456789012", "2. spot", "3. on-demand"],
        ),
        (["reserved"], {}, "1.14", ["nowhere"]),
        (["reserved", "on-demand"], {"capacityReservationSelectorTerms": TERMS}, "1.2", ["1. on-demand"]),
    ],
)
def test_nodes_come_from_reservations_then_spot_then_on_demand(types, spec, karpenter, expected):
    """Whatever the order in the manifest; before 1.3 there are no reserved nodes."""
    requirements = {**P5, CAPACITY: types} if types else P5
    assert said(answer(pool(requirements=requirements), spec, karpenter), "from") == expected


def test_a_type_that_ec2_does_not_sell_as_spot_does_not_come_from_there():
    """p4de is on-demand and reserved only."""
    found = answer(pool(requirements={TYPE: ["u-6tb1.112xlarge"]}, taints=[]))
    assert said(found, "from") == ["1. on-demand"]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (None, ["40 minutes before the reservation's end (UltraServers 70), if it is a capacity block"]),
        (["capacity-block"], ["40 minutes before the reservation's end (UltraServers 70)"]),
        (["default"], ["not when the reservation ends"]),
    ],
)
def test_nodes_of_a_block_end_before_it(kinds, expected):
    """30 minutes for EC2, 10 for Karpenter to drain them."""
    requirements = {**P5, CAPACITY: ["reserved"], **({KIND: kinds} if kinds else {})}
    found = answer(pool(requirements=requirements), {"capacityReservationSelectorTerms": TERMS})
    assert said(found, "end")[: len(expected)] == expected


def test_what_a_pool_says_of_the_end_of_its_nodes():
    """Age, idleness and drift, each with Karpenter's defaults where the pool is silent."""
    silent = pool(disruption=None)
    del silent["spec"]["disruption"]
    assert said(answer(silent), "end")[1:] == [
        "at the age of 720h",
        "when empty or underutilized for 0s",
        "when they drift, 10% at once",
    ]
    kept = pool(disruption={"consolidateAfter": "Never", "budgets": [{"nodes": "0", "reasons": ["Drifted"]}]})
    kept["spec"]["template"]["spec"]["expireAfter"] = "Never"
    assert said(answer(kept), "end")[1:] == ["not by age", "not when idle", "not for drift"]


def test_what_no_pod_can_hold_up():
    """A grace period of the nodes ends what protects a pod: that is said where there is one."""
    strict = pool()
    strict["spec"]["template"]["spec"]["terminationGracePeriod"] = "1h"
    assert said(answer(strict), "end")[-1] == "pods are deleted 1h after that begins"
    assert said(answer(pool()), "end")[-1] == "when they drift, 10% at once"


def test_a_static_pool_says_how_many():
    """The limit is the room in which its nodes are replaced."""
    static = pool(replicas=4, limits={"nodes": 5})
    assert said(answer(static), "how many") == ["4 nodes", "at most 5 nodes"]
    assert said(answer(static), "end")[-2:] == ["not when idle", "when they drift, 10% at once"]


def test_where_nodes_are_started():
    """Zone, placement group, interfaces, and whose variant the node class is."""
    spec = {"placementGroupSelector": {"name": "train"}, "networkInterfaces": efa_interfaces(32)}
    manifest = pool(requirements={**P5, "topology.kubernetes.io/zone": ["us-west-2a"]})
    found = answer(manifest, spec)
    assert said(found, "where") == [
        "in zone us-west-2a",
        "in placement group train",
        "with 33 network interfaces, 32 of them EFA",
    ]
    data = answer_data(found)["pools"]["gpu"]["capacity"]
    assert (data["zones"], data["placementGroup"], data["efaInterfaces"]) == (["us-west-2a"], "train", 32)
    assert all(each["source"].startswith("https://") and each["reason"] for each in data["statements"])


def test_the_page_gives_reasons_where_there_is_something_to_explain():
    """An ordinary pool has a line for each topic; one with a reservation has a reason for each statement too."""
    plain, reserved = (
        answer(pool()),
        answer(pool(requirements={**P5, CAPACITY: ["reserved"]}), {"capacityReservationSelectorTerms": TERMS}),
    )
    assert answer_page(plain)[0].lines[0] == "Nodes come from: 1. spot; 2. on-demand"
    assert not any("spot:" in note for note in answer_page(plain)[0].notes)
    notes = answer_page(reserved)[0].notes
    assert "nothing else: The pool allows reserved nodes only: pods wait until a reservation has room." in notes
