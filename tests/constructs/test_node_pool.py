from cdk8s_eks_gpu.config.capacity import Capacity, StaticCapacity
from cdk8s_eks_gpu.config.ec2 import CapacityReservationSelectorTerm
from cdk8s_eks_gpu.config.metadata import ObjectMetadata
from cdk8s_eks_gpu.config.node_pool import Budget, Disruption
from cdk8s_eks_gpu.config.scheduling import Requirement, Taint
from cdk8s_eks_gpu.constructs import NodePool, NodePoolOptions

ALL_OPTIONS = NodePoolOptions(
    node_class="training",
    architectures=["amd64"],
    capacity_types=["reserved"],
    instance_categories=["p"],
    instance_families=["p5"],
    instance_types=["p5.48xlarge"],
    zones=["us-west-2a"],
    requirements=[
        Requirement(key="karpenter.k8s.aws/instance-gpu-count", operator="Gt", values=["3"]),
        Requirement(key="karpenter.k8s.aws/instance-size", operator="NotIn", values=["metal"], min_values=2),
        Requirement(key="team", operator="DoesNotExist"),
    ],
    labels={"nodeType": "nvidia"},
    annotations={"example.com/owner": "ml"},
    device_plugin_configuration="shared",
    taints=[
        Taint(
            key="nvidia.com/gpu",
            value="present",
            effect="NoSchedule",
        )
    ],
    startup_taints=[Taint(key="example.com/starting", effect="NoExecute", value="yes")],
    expire_after="Never",
    termination_grace_period="1h30m",
    limits={"cpu": 1000, "memory": "2Ti", "nvidia.com/gpu": 64},
    weight=50,
    replicas=2,
    disruption=Disruption(
        consolidate_after="20m",
        consolidation_policy="WhenEmpty",
        budgets=[Budget(nodes="0", reasons=["Drifted", "Underutilized"], schedule="0 9 * * mon-fri", duration="8h")],
    ),
    metadata=ObjectMetadata(labels={"team": "ml"}, annotations={"example.com/cost": "gpu"}),
)


PROFILES = NodePoolOptions(
    node_class="training",
    instance_types=["p5.48xlarge"],
    efa="bandwidth-optimized",
    huge_pages="10Gi",  # on its node class, and in a NodeOverlay
    capacity=Capacity(
        reservations=[
            "cr-0123456789abcdef0",
            CapacityReservationSelectorTerm(id="cr-1", owner_id="012345678901", instance_match_criteria="targeted"),
        ],
        blocks=[CapacityReservationSelectorTerm(tags={"block": "yes"})],
        fallback=["on-demand"],
        zone="us-west-2a",
        static=StaticCapacity(replicas=32),
    ),
)

GROUPED = NodePoolOptions(node_class="training", capacity=Capacity(placement_group="cluster"))


def test_minimal(chart, manifests, snapshot):
    """A pool needs only a node class; it is named like the construct, in no namespace, with the GPU taint."""
    NodePool(chart, "gpu", NodePoolOptions(node_class="gpu"))
    assert manifests(chart) == snapshot


def test_all_options(chart, manifests, snapshot, assert_every_option_is_set):
    """Every option reaches the NodePool."""
    assert_every_option_is_set(ALL_OPTIONS, PROFILES, GROUPED)
    NodePool(chart, "gpu", ALL_OPTIONS)
    NodePool(chart, "profiles", PROFILES)
    assert manifests(chart) == snapshot


def test_the_name_may_differ_from_the_id(chart):
    """The object's name follows the argument, not the place in the tree; the construct tells it."""
    pool = NodePool(chart, "some-id", NodePoolOptions(node_class="gpu"), name="gpu")
    assert (pool.name, pool.resource.kind, pool.resource.node.id) == ("gpu", "NodePool", "Resource")


def test_no_taints(chart, manifests):
    """An empty list of taints makes a pool for every pod."""
    NodePool(chart, "gpu", NodePoolOptions(node_class="gpu", taints=[]))
    assert "taints" not in manifests(chart)["NodePool/gpu"]["spec"]["template"]["spec"]
