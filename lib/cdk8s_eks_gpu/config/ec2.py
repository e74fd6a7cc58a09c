"""The parts of an EC2NodeClass: selector terms, disks, network, kubelet (Karpenter's CRD, v1.15.1)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import (
    ACCOUNT_ID,
    AMI_ID,
    CAPACITY_RESERVATION_ID,
    EVICTION_THRESHOLD,
    PLACEMENT_GROUP_ID,
    SECURITY_GROUP_ID,
    SUBNET_ID,
    VOLUME_SIZE,
)

Tags = Annotated[Mapping[str, str], Field(max_length=20)]
Switch = Literal["enabled", "disabled"]
Percent = Annotated[int, Field(ge=0, le=100)]
NotNegative = Annotated[int, Field(ge=0)]
Thresholds = Mapping[str, Annotated[str, Field(pattern=EVICTION_THRESHOLD)]]
Reserved = Mapping[str, str]


class AmiSelectorTerm(Options):
    """AMIs to choose from; all that is said in one term must hold."""

    alias: Annotated[str, Field(max_length=30)] | None = Field(
        default=None, description="An EKS optimised AMI, family@version, such as al2023@v20250920; stands alone."
    )
    id: Annotated[str, Field(pattern=AMI_ID)] | None = Field(default=None, description="The AMI's id.")
    name: str | None = Field(default=None, description="The AMI's name; may hold wildcards.")
    owner: str | None = Field(default=None, description="The account that owns the AMI: an id, self or amazon.")
    ssm_parameter: str | None = Field(
        default=None, description="The SSM parameter, by name or ARN, that holds the AMI's id."
    )
    tags: Tags | None = Field(default=None, description="Tags of the AMI.")


class SubnetSelectorTerm(Options):
    """Subnets that the nodes are placed in."""

    id: Annotated[str, Field(pattern=SUBNET_ID)] | None = Field(default=None, description="The subnet's id.")
    tags: Tags | None = Field(default=None, description="Tags of the subnet.")


class SecurityGroupSelectorTerm(Options):
    """Security groups of the nodes. EFA needs one that lets all its own traffic in and out."""

    id: Annotated[str, Field(pattern=SECURITY_GROUP_ID)] | None = Field(
        default=None, description="The security group's id."
    )
    name: str | None = Field(default=None, description="The security group's name, not its Name tag.")
    tags: Tags | None = Field(default=None, description="Tags of the security group.")


class CapacityReservationSelectorTerm(Options):
    """Capacity reservations, capacity blocks among them, that the nodes may use."""

    id: Annotated[str, Field(pattern=CAPACITY_RESERVATION_ID)] | None = Field(
        default=None, description="The reservation's id."
    )
    instance_match_criteria: Literal["open", "targeted"] | None = Field(
        default=None, description="Which instances the reservation takes."
    )
    owner_id: Annotated[str, Field(pattern=ACCOUNT_ID)] | None = Field(
        default=None, description="The account that owns the reservation."
    )
    tags: Tags | None = Field(default=None, description="Tags of the reservation.")


class PlacementGroupSelector(Options):
    """The placement group that the nodes are started in."""

    id: Annotated[str, Field(pattern=PLACEMENT_GROUP_ID)] | None = Field(
        default=None, description="The placement group's id."
    )
    name: Annotated[str, Field(min_length=1)] | None = Field(default=None, description="The placement group's name.")


class Ebs(Options):
    """An EBS volume."""

    volume_size: Annotated[str, Field(pattern=VOLUME_SIZE)] | None = Field(
        default=None, description="The size, with its unit."
    )
    volume_type: Literal["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"] | None = Field(
        default=None, description="The type."
    )
    iops: int | None = Field(default=None, description="I/O operations a second.")
    throughput: int | None = Field(default=None, description="Throughput in MiB/s.")
    volume_initialization_rate: Annotated[int, Field(ge=100, le=300)] | None = Field(
        default=None, description="How fast a volume made from a snapshot is filled, in MiB/s."
    )
    encrypted: bool | None = Field(default=None, description="Whether the volume is encrypted.")
    kms_key_id: str | None = Field(default=None, description="The KMS key of an encrypted volume.")
    snapshot_id: str | None = Field(default=None, description="The snapshot that the volume is made from.")
    delete_on_termination: bool | None = Field(default=None, description="Whether the volume goes with its node.")


class BlockDeviceMapping(Options):
    """A disk of the node."""

    device_name: str | None = Field(default=None, description="The device, such as /dev/xvda.")
    ebs: Ebs | None = Field(default=None, description="The volume behind it.")
    root_volume: bool | None = Field(
        default=None, description="Whether this is the disk that holds the kubelet's data."
    )


class MetadataOptions(Options):
    """The instance metadata service of the node.

    Karpenter's defaults are what AWS recommends for EKS: a token is required (IMDSv2), and one hop, so that pods, which
    are a hop further, cannot take the node's role.
    """

    http_endpoint: Switch | None = Field(default=None, description="Whether the service answers.")
    http_protocol_ipv6: Switch | None = Field(default=None, description="Whether it answers over IPv6.")
    http_put_response_hop_limit: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None,
        description="How many hops an answer may travel; with 2, pods without host network reach the node's role.",
    )
    http_tokens: Literal["required", "optional"] | None = Field(
        default=None, description="Whether a token (IMDSv2) is required."
    )


class NetworkInterface(Options):
    """A network interface that every node is started with (Karpenter 1.11 and newer)."""

    network_card_index: NotNegative = Field(description="The network card, from 0.")
    device_index: NotNegative = Field(description="The place on the card, from 0.")
    interface_type: Literal["interface", "efa-only"] = Field(
        description="An ordinary interface, or an EFA without IP address."
    )


class ConnectionTracking(Options):
    """How long the security groups remember idle connections, in seconds."""

    tcp_established_timeout: Annotated[int, Field(ge=60, le=432_000)] | None = Field(
        default=None, description="Established TCP connections."
    )
    udp_stream_timeout: Annotated[int, Field(ge=60, le=180)] | None = Field(
        default=None, description="UDP flows with traffic both ways."
    )
    udp_timeout: Annotated[int, Field(ge=30, le=60)] | None = Field(
        default=None, description="UDP flows with traffic one way."
    )


class CpuOptions(Options):
    """What of an instance's CPU can be chosen."""

    nested_virtualization: Switch | None = Field(
        default=None, description="Whether virtual machines may run on the node."
    )


class EnclaveOptions(Options):
    """AWS Nitro Enclaves (Karpenter 1.15 and newer)."""

    enabled: bool = Field(description="Whether enclaves may run on the node.")


class Kubelet(Options):
    """Settings of the node's kubelet.

    Karpenter 1.15 and newer take any other field of the KubeletConfiguration too, for AL2023 alone, and with the gate
    NodeClassCEL an expression for `maxPods` and for what is reserved.
    """

    model_config = ConfigDict(extra="allow")

    cluster_dns: Sequence[str] | None = Field(default=None, description="DNS servers of the pods.")
    cpu_cfs_quota: bool | None = Field(default=None, description="Whether CPU limits are enforced.")
    eviction_hard: Thresholds | None = Field(default=None, description="Signals at which pods are evicted at once.")
    eviction_soft: Thresholds | None = Field(
        default=None, description="Signals at which pods are evicted after `evictionSoftGracePeriod`."
    )
    eviction_soft_grace_period: Mapping[str, str] | None = Field(
        default=None, description="How long each signal of `evictionSoft` must hold."
    )
    eviction_max_pod_grace_period: int | None = Field(
        default=None, description="The longest grace period of a pod in a soft eviction, in seconds."
    )
    image_gc_high_threshold_percent: Percent | None = Field(
        default=None, description="Disk use above which images are collected."
    )
    image_gc_low_threshold_percent: Percent | None = Field(
        default=None, description="Disk use down to which images are collected."
    )
    kube_reserved: Reserved | None = Field(default=None, description="Resources kept for Kubernetes' own daemons.")
    system_reserved: Reserved | None = Field(default=None, description="Resources kept for the system's daemons.")
    max_pods: NotNegative | str | None = Field(default=None, description="The most pods on a node.")
    pods_per_core: NotNegative | None = Field(default=None, description="The most pods for each core.")
