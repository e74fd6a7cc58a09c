from cdk8s_eks_gpu.config import ec2
from cdk8s_eks_gpu.config.metadata import ObjectMetadata
from cdk8s_eks_gpu.config.node_class import RootVolume
from cdk8s_eks_gpu.constructs import NodeClass, NodeClassOptions, NodePool, NodePoolOptions, node_class_for

MINIMAL = NodeClassOptions(role="nodes", ami="al2023@v20250920", discovery="training")

SHORT_OPTIONS = NodeClassOptions(
    instance_profile="profile",
    ami="bottlerocket@1.46.0",
    discovery="training",
    root_volume=RootVolume(
        size="300Gi", type="gp3", device="/dev/xvdb", iops=6000, throughput=500, encrypted=True, kms_key_id="key"
    ),
)

OPEN_DISK = NodeClassOptions(
    role="nodes",
    ami="al2023@v20250920",
    discovery="training",
    root_volume=RootVolume(size="100Gi", type="gp2", encrypted=False),
)

LONG_OPTIONS = NodeClassOptions(
    role="nodes",
    ami_family="Custom",
    ami_selector_terms=[
        ec2.AmiSelectorTerm(alias="al2023@latest"),
        ec2.AmiSelectorTerm(id="ami-0123", owner="self", name="gpu-*", tags={"a": "b"}),
        ec2.AmiSelectorTerm(ssm_parameter="/ami/gpu"),
    ],
    subnet_selector_terms=[ec2.SubnetSelectorTerm(id="subnet-1"), ec2.SubnetSelectorTerm(tags={"a": "b"})],
    security_group_selector_terms=[
        ec2.SecurityGroupSelectorTerm(id="sg-1"),
        ec2.SecurityGroupSelectorTerm(name="efa", tags={"a": "b"}),
    ],
    capacity_reservation_selector_terms=[
        ec2.CapacityReservationSelectorTerm(id="cr-1"),
        ec2.CapacityReservationSelectorTerm(
            instance_match_criteria="targeted", owner_id="012345678901", tags={"a": "b"}
        ),
    ],
    placement_group_selector=ec2.PlacementGroupSelector(id="pg-1", name="cluster"),
    block_device_mappings=[
        ec2.BlockDeviceMapping(
            device_name="/dev/xvda",
            root_volume=True,
            ebs=ec2.Ebs(
                volume_size="2Ti",
                volume_type="gp3",
                iops=16000,
                throughput=1000,
                volume_initialization_rate=300,
                encrypted=True,
                kms_key_id="key",
                snapshot_id="snap-1",
                delete_on_termination=False,
            ),
        )
    ],
    instance_store_policy="RAID0",
    network_interfaces=[ec2.NetworkInterface(network_card_index=1, device_index=1, interface_type="efa-only")],
    associate_public_ip_address=False,
    ip_prefix_count=1,
    connection_tracking=ec2.ConnectionTracking(tcp_established_timeout=60, udp_stream_timeout=180, udp_timeout=30),
    metadata_options=ec2.MetadataOptions(
        http_endpoint="enabled", http_protocol_ipv6="disabled", http_put_response_hop_limit=2, http_tokens="required"
    ),
    kubelet=ec2.Kubelet(
        cluster_dns=["10.0.0.10"],
        cpu_cfs_quota=True,
        eviction_hard={"memory.available": "5%"},
        eviction_soft={"memory.available": "500Mi"},
        eviction_soft_grace_period={"memory.available": "1m30s"},
        eviction_max_pod_grace_period=60,
        image_gc_high_threshold_percent=85,
        image_gc_low_threshold_percent=80,
        kube_reserved={"cpu": "200m"},
        system_reserved={"memory": "1Gi"},
        max_pods=110,
        pods_per_core=2,
        containerLogMaxSize="50Mi",
    ),
    cpu_options=ec2.CpuOptions(nested_virtualization="disabled"),
    enclave_options=ec2.EnclaveOptions(enabled=True),
    detailed_monitoring=True,
    user_data="#!/bin/bash\necho yes\n",
    tags={"team": "ml"},
    context="fleet",
    metadata=ObjectMetadata(labels={"team": "ml"}, annotations={"example.com/cost": "gpu"}),
)


def test_minimal(chart, manifests, snapshot):
    """A role, an AMI and the discovery tag launch a node class, in no namespace."""
    NodeClass(chart, "gpu", MINIMAL)
    assert manifests(chart) == snapshot


def test_all_options(chart, manifests, snapshot, assert_every_option_is_set):
    """Every option, said short or at length, reaches the EC2NodeClass."""
    assert_every_option_is_set(SHORT_OPTIONS, OPEN_DISK, LONG_OPTIONS)
    NodeClass(chart, "short", SHORT_OPTIONS)
    NodeClass(chart, "open", OPEN_DISK)
    NodeClass(chart, "long", LONG_OPTIONS)
    assert manifests(chart) == snapshot


def test_a_class_for_a_pool_with_efa(chart, manifests):
    """Whoever composes by hand gets what the pool's profiles need on the class, and names the class in the pool."""
    pool = NodePoolOptions(node_class="p6", instance_types=["p6-b300.48xlarge"], efa="ip-optimized")
    NodeClass(chart, "p6", node_class_for(pool, MINIMAL))
    NodePool(chart, "train", pool)
    built = manifests(chart)
    assert len(built["EC2NodeClass/p6"]["spec"]["networkInterfaces"]) == 17
    assert built["NodePool/train"]["spec"]["template"]["metadata"]["labels"] == {"eks-gpu.io/efa": "attached"}


def test_the_name_may_differ_from_the_id(chart):
    """The object's name follows the argument, not the place in the tree; the construct tells it."""
    built = NodeClass(chart, "some-id", MINIMAL, name="gpu")
    assert (built.name, built.resource.kind, built.resource.node.id) == ("gpu", "EC2NodeClass", "Resource")
