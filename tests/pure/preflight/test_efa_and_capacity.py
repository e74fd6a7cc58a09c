"""EFA, capacity reservations and placement groups."""

import pytest
from tests.pure.preflight.stacks import checked, efa_interfaces, efa_plugin, found, job, node_class, pod, pool

EFA_POD = pod("nccl", limits={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32}, hostIPC=True)
ZONE = "topology.kubernetes.io/zone"
CAPACITY = "karpenter.sh/capacity-type"
P5 = {"node.kubernetes.io/instance-type": ["p5.48xlarge"], CAPACITY: ["on-demand"]}
P5_HERE = {**P5, ZONE: ["us-west-2a"]}


def rules_of(*manifests, **versions):
    """Return what the groups efa and capacity say."""
    return found(checked(*manifests, only=["efa", "capacity"], **versions))


def test_the_plugin_on_nodes_without_a_device_is_a_warning():
    """The plugin lands on every node of an EFA-capable type, and not each of them has EFA attached."""
    assert rules_of(pool(), node_class(), efa_plugin()) == ["efa/plugin-without-device DaemonSet/efa-plugin"]


def test_nodes_that_always_have_efa_fix_it():
    """A node class that says its EFA interfaces gives every node a device."""
    here = pool(requirements=P5_HERE)
    assert rules_of(here, node_class(networkInterfaces=efa_interfaces(32)), efa_plugin()) == []


def test_a_taint_for_efa_fixes_it():
    """A pool that is meant for EFA pods only starts no node for another pod."""
    own = pool(taints=[{"key": "vpc.amazonaws.com/efa", "effect": "NoSchedule"}])
    assert rules_of(own, node_class(), efa_plugin()) == []


def test_types_that_the_plugin_does_not_select_are_named():
    """An EFA pod that may run on a type which the plugin leaves out is a warning at the plugin."""
    both = pool(requirements={"node.kubernetes.io/instance-type": ["p5.48xlarge", "p4d.24xlarge"]})
    user = pod("nccl", limits={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 4})
    stack = (both, node_class(networkInterfaces=efa_interfaces(4)), efa_plugin(), user)
    assert "efa/plugin-skips-type DaemonSet/efa-plugin" in rules_of(*stack)


def test_more_interfaces_than_any_type_has_is_an_error():
    """p5.48xlarge has 32 EFA interfaces; 33 leave no type."""
    one_more = {"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "efa-only"}
    interfaces = [*efa_interfaces(32), one_more]
    assert rules_of(pool(), node_class(networkInterfaces=interfaces)) == ["efa/too-many-interfaces EC2NodeClass/gpu"]


def test_more_interfaces_than_some_types_have_is_a_warning():
    """Types with fewer interfaces silently leave the pool."""
    both = pool(requirements={**P5_HERE, "node.kubernetes.io/instance-type": ["p4d.24xlarge", "g5.xlarge"]})
    assert rules_of(both, node_class(networkInterfaces=efa_interfaces(4))) == [
        "efa/interfaces-drop-types EC2NodeClass/gpu"
    ]


def test_a_card_that_no_instance_type_has_is_an_error():
    """Network cards count from 0, so card 32 of 32 is not there."""
    interfaces = efa_interfaces(1)
    interfaces[1]["networkCardIndex"] = 32
    assert rules_of(pool(), node_class(networkInterfaces=interfaces)) == ["efa/network-card-index EC2NodeClass/gpu"]


def test_one_interface_and_one_card_are_in_the_singular():
    """The message counts as English does."""
    small = pool(requirements={"node.kubernetes.io/instance-type": ["g5g.xlarge"], CAPACITY: ["on-demand"]})
    messages = [
        checked(small, node_class(networkInterfaces=efa_interfaces(count)), only=["efa"]).findings[0].message
        for count in (1, 2)
    ]
    assert messages == [
        "The node class asks for 1 EFA interface; the instance types of pool gpu have 0 at most.",
        "The instance types of pool gpu have at most 1 network card; there is no card 1.",
    ]


@pytest.mark.parametrize("spec", [{"networkInterfaces": efa_interfaces(2)}, {}])
def test_a_public_address_with_several_interfaces_is_an_error(spec):
    """EC2 refuses it, whether the node class or the pod asks for the interfaces."""
    stack = (pool(requirements=P5_HERE), node_class(associatePublicIPAddress=True, **spec), EFA_POD)
    assert "efa/public-ip EC2NodeClass/gpu" in rules_of(*stack)


def test_a_public_address_with_one_interface_is_fine():
    """A single EFA interface may have a public address."""
    user = pod("nccl", limits={"nvidia.com/gpu": 1, "vpc.amazonaws.com/efa": 1})
    assert rules_of(pool(), node_class(associatePublicIPAddress=True), user) == []


def test_several_efa_pods_that_may_spread_over_zones_are_a_warning():
    """A Job with parallel EFA pods on a pool of any zone."""
    assert rules_of(pool(), node_class(), job("nccl", EFA_POD, parallelism=2)) == ["efa/zones NodePool/gpu"]


@pytest.mark.parametrize(
    ("requirements", "spec"),
    [
        (P5_HERE, {}),
        (P5, {"placementGroupSelector": {"name": "cluster"}}),
        (P5, {"subnetSelectorTerms": [{"id": "subnet-1"}]}),
    ],
)
def test_one_zone_or_a_placement_group_keeps_them_together(requirements, spec):
    """A zone in the pool, a placement group or a single subnet cures it."""
    stack = (pool(requirements=requirements), node_class(**spec), job("nccl", EFA_POD, parallelism=2))
    assert rules_of(*stack) == []


@pytest.mark.parametrize(
    ("capacity_types", "terms", "expected"),
    [
        (["reserved"], [{"id": "cr-0123456789abcdef0"}], []),
        (["reserved", "on-demand"], [{"id": "cr-0123456789abcdef0"}], ["efa/zones NodePool/gpu"]),
        (["reserved"], [{"tags": {"team": "ml"}}], ["efa/zones NodePool/gpu"]),
    ],
)
def test_one_reservation_is_in_one_zone(capacity_types, terms, expected):
    """A reservation or a capacity block is in one zone; tags may select several, and on-demand goes elsewhere."""
    stack = (pool(requirements={**P5, CAPACITY: capacity_types}), node_class(capacityReservationSelectorTerms=terms))
    report = checked(*stack, job("nccl", EFA_POD, parallelism=2), only=["efa"])
    assert [each for each in found(report) if each.startswith("efa/zones")] == expected


def test_pods_that_ask_for_one_zone_themselves_are_fine():
    """A required pod affinity by zone keeps the pods together."""
    term = {"topologyKey": ZONE, "labelSelector": {"matchLabels": {"job": "nccl"}}}
    together = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    user = pod("nccl", limits={"vpc.amazonaws.com/efa": 1}, affinity=together)
    assert rules_of(pool(), node_class(), job("nccl", user, parallelism=2)) == []


def test_huge_pages_that_karpenter_knows_nothing_of_are_an_error():
    """Karpenter counts no huge pages, unless a NodeOverlay says them."""
    user = pod(limits={"nvidia.com/gpu": 1, "hugepages-2Mi": "5120Mi", "memory": "1Gi"})
    overlay = {
        "apiVersion": "karpenter.sh/v1alpha1",
        "kind": "NodeOverlay",
        "metadata": {"name": "pages"},
        "spec": {"requirements": [], "capacity": {"hugepages-2Mi": "10Gi"}},
    }
    assert rules_of(pool(), node_class(), user) == ["efa/huge-pages Pod/train"]
    assert rules_of(pool(), node_class(), user, overlay) == []


def test_pools_with_and_without_efa_that_take_the_same_pods_overlap():
    """Equal taints and types, one with EFA on every node: only a weight or a taint tells them apart."""
    classes, efa = [node_class("efa", networkInterfaces=efa_interfaces(32)), node_class()], {"requirements": P5_HERE}
    assert rules_of(pool("efa", node_class="efa", **efa), pool(), classes) == ["efa/overlapping-pools NodePool/efa"]
    assert rules_of(pool("efa", node_class="efa", weight=10, **efa), pool(), classes) == []


TERMS = {"capacityReservationSelectorTerms": [{"id": "cr-1"}]}


@pytest.mark.parametrize(
    ("types", "spec", "expected"),
    [
        (["reserved"], {}, ["capacity/reserved-without-reservation NodePool/gpu"]),
        (["reserved", "spot"], {}, ["capacity/reserved-never-used NodePool/gpu"]),
        (["on-demand"], TERMS, ["capacity/reservation-never-used NodePool/gpu"]),
        (["reserved"], TERMS, []),
        (["on-demand"], {}, []),
    ],
)
def test_pool_and_node_class_agree_on_reservations(types, spec, expected):
    """Reserved nodes need a reservation, and a reservation needs reserved nodes."""
    assert rules_of(pool(requirements={**P5, CAPACITY: types}), node_class(**spec)) == expected


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["capacity-block"], ["capacity/placement-group-with-block EC2NodeClass/gpu"]),
        (["capacity-block", "default"], ["capacity/placement-group-perhaps-with-block EC2NodeClass/gpu"]),
        (["default"], []),
    ],
)
def test_a_placement_group_takes_no_capacity_block(kinds, expected):
    """A capacity block in a placement group is an error, and perhaps one is a warning."""
    requirements = {**P5, CAPACITY: ["reserved"], "karpenter.k8s.aws/capacity-reservation-type": kinds}
    grouped = node_class(placementGroupSelector={"name": "cluster"}, **TERMS)
    assert rules_of(pool(requirements=requirements), grouped) == expected


B300 = {"node.kubernetes.io/instance-type": ["p6-b300.48xlarge"], CAPACITY: ["on-demand"], ZONE: ["us-west-2a"]}


def test_efa_on_request_fails_where_card_0_carries_none():
    """Karpenter numbers the cards from 0, and card 0 of p6-b300 is for IP; where another type hosts the pod, it may."""
    user = pod("nccl", limits={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 8}, hostIPC=True)
    both = {**B300, "node.kubernetes.io/instance-type": ["p6-b200.48xlarge", "p6-b300.48xlarge"]}
    assert "efa/card-without-efa EC2NodeClass/gpu" in rules_of(pool(requirements=B300), node_class(), user)
    assert "efa/card-without-efa EC2NodeClass/gpu" not in rules_of(pool(requirements=both), node_class(), user)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32}, False),
        ({"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 1}, True),
        ({"nvidia.com/gpu": 1, "vpc.amazonaws.com/efa": 32}, True),
        ({"nvidia.com/gpu": 4, "vpc.amazonaws.com/efa": 16}, False),
        ({"nvidia.com/gpu": 4, "vpc.amazonaws.com/efa": 32}, True),
        ({"nvidia.com/gpu": 1, "vpc.amazonaws.com/efa": 4}, False),
        ({"nvidia.com/gpu": 1, "vpc.amazonaws.com/efa": 1}, False),
        ({"vpc.amazonaws.com/efa": 32}, True),
    ],
)
def test_gpus_and_efa_are_asked_for_in_proportion(limits, expected):
    """A p5.48xlarge has 8 GPUs and 32 EFA; one of each is what a test of the fabric asks for."""
    user = pod("nccl", limits=limits, hostIPC=True)
    assert ("efa/out-of-proportion Pod/nccl" in rules_of(pool(requirements=P5_HERE), node_class(), user)) == expected


def test_half_an_efa_cannot_be_asked_for():
    """A p4d.24xlarge has 8 GPUs and 4 EFA: one GPU goes with one EFA or none, three with one or two."""
    p4d = pool(requirements={**P5_HERE, "node.kubernetes.io/instance-type": ["p4d.24xlarge"]})
    for gpus, efas, expected in ((3, 1, False), (3, 2, False), (3, 3, True), (1, 1, False), (2, 2, True)):
        user = pod("nccl", limits={"nvidia.com/gpu": gpus, "vpc.amazonaws.com/efa": efas}, hostIPC=True)
        assert ("efa/out-of-proportion Pod/nccl" in rules_of(p4d, node_class(), user)) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, ["efa/shared-memory Pod/nccl"]),
        ({"hostIPC": True}, []),
        ({"volumes": [{"name": "other", "emptyDir": {}}]}, ["efa/shared-memory Pod/nccl"]),
    ],
)
def test_processes_on_a_node_meet_in_shared_memory(spec, expected):
    """64 MiB are not enough for the NCCL of several GPUs; the node's own will do."""
    user = pod("nccl", limits={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32}, **spec)
    assert rules_of(pool(requirements=P5_HERE), node_class(), user) == expected


@pytest.mark.parametrize(
    ("capacity", "requirements", "expected"),
    [
        (["spot"], P5_HERE, True),
        (["spot", "on-demand"], P5_HERE, True),
        (None, P5_HERE, True),  # Karpenter buys spot wherever a pool does not say otherwise
        (["on-demand"], P5_HERE, False),
        (["spot"], {**P5_HERE, "node.kubernetes.io/instance-type": ["g5.xlarge"]}, False),
    ],
)
def test_spot_in_one_zone_is_a_bet(capacity, requirements, expected):
    """EFA keeps all nodes in one zone, where spot of a large type is seldom there and ends all at once."""
    wanted = {**requirements, CAPACITY: capacity} if capacity else {**requirements}
    if not capacity:
        del wanted[CAPACITY]
    rules = rules_of(pool(requirements=wanted), node_class(), job("nccl", EFA_POD, parallelism=2))
    assert ("efa/spot-in-one-zone NodePool/gpu" in rules) == expected


def test_reserved_nodes_only_said_by_what_is_left_out():
    """NotIn [spot, on-demand] leaves reserved nodes, and a class without reservations has none."""
    rest = pool()
    requirement = {"key": CAPACITY, "operator": "NotIn", "values": ["spot", "on-demand"]}
    rest["spec"]["template"]["spec"]["requirements"].append(requirement)
    assert rules_of(rest, node_class()) == ["capacity/reserved-without-reservation NodePool/gpu"]
    assert rules_of(rest, node_class(**TERMS)) == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"limits": {}}, True),
        ({"limits": {"nodes": 8}}, False),
        ({"limits": {}, "requirements": {**P5, CAPACITY: ["reserved"]}}, False),
        ({"limits": {}, "requirements": {**P5, "node.kubernetes.io/instance-type": ["m5.large"]}, "taints": []}, False),
    ],
)
def test_a_pool_of_gpus_has_limits(spec, expected):
    """A reservation is its own limit, and pools without GPUs are not what this is about."""
    rules = rules_of(pool(**spec), node_class(**TERMS))
    assert ("capacity/no-limits NodePool/gpu" in rules) == expected


@pytest.mark.parametrize(
    ("limits", "instance_type", "hint"),
    [
        (
            {"nvidia.com/gpus": "64"},
            "p5.48xlarge",
            "has nvidia.com/gpus, so that limit never holds; did you mean 'nvid",
        ),
        ({"nvidia.com/GPU": "64", "cpu": "9999"}, "p5.48xlarge", "; did you mean 'nvidia.com/gpu'?"),
        ({"gpu": "64"}, "p5.48xlarge", "has gpu, so that limit never holds."),
        ({"nvidia.com/gpu": "64"}, "trn1.32xlarge", "has nvidia.com/gpu, so that limit never holds."),
        ({"nvidia.com/gpu": "0", "cpu": "9999"}, "m5.large", None),
        ({"nodes": "3"}, "p5.48xlarge", None),
        ({"nvidia.com/gpu.shared": "64"}, "p5.48xlarge", None),
        ({"hugepages-2Mi": "64Gi"}, "p5.48xlarge", None),
        ({"gpu": "64"}, "p5.49xlarge", None),
    ],
)
def test_a_limit_is_on_what_the_nodes_have(limits, instance_type, hint):
    """A slip, or a resource of other types, limits nothing; what a device plugin adds may, and 0 is meant so."""
    requirements = {**P5, "node.kubernetes.io/instance-type": [instance_type]}
    report = checked(pool(limits=limits, requirements=requirements), node_class())
    messages = [each.message for each in report.findings if each.rule.id == "capacity/limit-without-effect"]
    assert len(messages) == (hint is not None)
    assert all(hint in message for message in messages)


def test_a_node_overlay_gives_the_nodes_what_is_limited():
    """A resource that a NodeOverlay adds to the pool's types is one that they have."""
    overlay = {
        "apiVersion": "karpenter.sh/v1alpha1",
        "kind": "NodeOverlay",
        "metadata": {"name": "licences"},
        "spec": {
            "requirements": [{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["p5.48xlarge"]}],
            "capacity": {"licences": "4"},
        },
    }
    limited = pool(limits={"licences": "64"}, requirements=P5)
    rule = "capacity/limit-without-effect NodePool/gpu"
    assert rule in rules_of(limited, node_class())
    assert rule not in rules_of(limited, node_class(), overlay)


def test_weights_do_not_fill_a_reservation_first():
    """Reserved before on-demand is the order within one pool; between two pools it is a matter of luck."""
    reserved = pool("first", weight=10, requirements={**P5, CAPACITY: ["reserved"]})
    rest = pool("rest", node_class="rest", requirements=P5)
    other = pool("other", node_class="rest", requirements={**P5, "node.kubernetes.io/instance-type": ["g5.xlarge"]})
    classes = [node_class(**TERMS), node_class("rest")]
    assert rules_of(reserved, rest, classes) == ["capacity/weighted-pools-spill NodePool/first"]
    assert rules_of(reserved, other, classes) == []


def test_a_node_with_efa_from_the_start_needs_the_plugin():
    """Karpenter takes it for initialized without: no pod has to ask before the missing plugin is found."""
    taints = [{"key": "team", "value": "ml", "effect": "NoSchedule"}]
    static = node_class(networkInterfaces=efa_interfaces(32))
    off, on = efa_plugin(tolerate=()), efa_plugin()
    here = pool(taints=taints, requirements=P5_HERE)
    groups = ["scheduling"]
    assert found(checked(here, static, off, only=groups)) == ["scheduling/no-efa-registered NodePool/gpu"]
    assert found(checked(here, static, on, only=groups)) == []
    assert found(checked(here, node_class(), off, only=groups)) == []


@pytest.mark.parametrize(
    ("interface", "expected"),
    [
        ({"networkCardIndex": 1, "deviceIndex": 1, "interfaceType": "interface"}, False),
        ({"networkCardIndex": 1, "deviceIndex": 2, "interfaceType": "interface"}, True),
        ({"networkCardIndex": 31, "deviceIndex": 1, "interfaceType": "efa-only"}, False),
        ({"networkCardIndex": 32, "deviceIndex": 0, "interfaceType": "efa-only"}, True),
    ],
)
def test_a_place_past_the_cards_limit_is_an_error(interface, expected):
    """Each of the 32 cards of a p5.48xlarge takes two interfaces."""
    interfaces = [{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}, interface]
    rules = rules_of(pool(requirements=P5_HERE), node_class(networkInterfaces=interfaces))
    assert ("efa/network-card-index EC2NodeClass/gpu" in rules) == expected
