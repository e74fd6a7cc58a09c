"""The options of a Karpenter EC2NodeClass: short ones for what GPU nodes need, and every field of the CRD (v1.15.1)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self, cast

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.ec2 import (
    AmiSelectorTerm,
    BlockDeviceMapping,
    CapacityReservationSelectorTerm,
    ConnectionTracking,
    CpuOptions,
    Ebs,
    EnclaveOptions,
    Kubelet,
    MetadataOptions,
    NetworkInterface,
    NotNegative,
    PlacementGroupSelector,
    SecurityGroupSelectorTerm,
    SubnetSelectorTerm,
)
from cdk8s_eks_gpu.config.metadata import ObjectMetadata
from cdk8s_eks_gpu.config.model import Options, placed
from cdk8s_eks_gpu.config.scalars import AMI_ALIAS, VOLUME_SIZE
from cdk8s_eks_gpu.config.volumes import volume_problems
from cdk8s_eks_gpu.provisioning import ami_families
from cdk8s_eks_gpu.provisioning.user_data import user_data_problem

AmiFamily = Literal["AL2", "AL2023", "Bottlerocket", "Custom", "Windows2019", "Windows2022", "Windows2025"]


class RootVolume(Options):
    """The root disk of the node: container images, and what pods write without a volume of their own."""

    size: Annotated[str, Field(pattern=VOLUME_SIZE)] = Field(
        description="The size, with its unit. Training images are large; the AMI's own 20Gi soon is not enough."
    )
    type: Literal["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"] = Field(
        default="gp3", description="The EBS volume type."
    )
    device: str | None = Field(
        default=None,
        description="The device. Follows from the AMI family, where an alias or amiFamily says it: /dev/xvda on Amazon "
        "Linux, /dev/xvdb on Bottlerocket.",
    )
    iops: int | None = Field(default=None, description="I/O operations a second, for gp3, io1 and io2.")
    throughput: int | None = Field(default=None, description="Throughput in MiB/s, for gp3.")
    encrypted: bool = Field(
        default=True, description="Whether the volume is encrypted, as the one that Karpenter makes without a mapping."
    )
    kms_key_id: str | None = Field(default=None, description="The KMS key; without it the account's own for EBS.")


class NodeClassOptions(Options):
    """How the nodes of a pool are launched.

    `ami`, `discovery` and `rootVolume` are short for Karpenter's own `amiSelectorTerms`, `subnetSelectorTerms` with
    `securityGroupSelectorTerms`, and `blockDeviceMappings`. All other fields are those of the EC2NodeClass's spec.
    """

    role: str | None = Field(
        default=None,
        description="The IAM role of the nodes; Karpenter makes the instance profile. This or `instanceProfile`.",
    )
    instance_profile: str | None = Field(
        default=None, description="An instance profile that is already there. This or `role`."
    )
    ami: Annotated[str, Field(pattern=AMI_ALIAS, max_length=30)] | None = Field(
        default=None,
        description="Short for one AMI alias, family@version. A version other than `latest` keeps nodes from drifting.",
    )
    ami_family: AmiFamily | None = Field(
        default=None, description="How user data is written and which defaults hold; follows from an alias."
    )
    ami_selector_terms: Annotated[Sequence[AmiSelectorTerm], Field(min_length=1, max_length=30)] | None = Field(
        default=None, description="The AMIs to choose from."
    )
    discovery: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="Short for the subnets and security groups whose tag karpenter.sh/discovery has this value.",
    )
    subnet_selector_terms: Annotated[Sequence[SubnetSelectorTerm], Field(max_length=30)] | None = Field(
        default=None, description="The subnets of the nodes."
    )
    security_group_selector_terms: Annotated[Sequence[SecurityGroupSelectorTerm], Field(max_length=30)] | None = Field(
        default=None, description="The security groups of the nodes."
    )
    capacity_reservation_selector_terms: (
        Annotated[Sequence[CapacityReservationSelectorTerm], Field(max_length=30)] | None
    ) = Field(default=None, description="The capacity reservations that nodes of capacity type `reserved` come from.")
    placement_group_selector: PlacementGroupSelector | None = Field(
        default=None, description="The placement group of the nodes."
    )
    root_volume: RootVolume | None = Field(
        default=None, description="Short for one block device mapping: the root disk."
    )
    block_device_mappings: Annotated[Sequence[BlockDeviceMapping], Field(max_length=50)] | None = Field(
        default=None, description="The disks of the nodes."
    )
    instance_store_policy: Literal["RAID0"] | None = Field(
        default=None, description="What to do with local NVMe disks; RAID0 makes them the nodes' ephemeral storage."
    )
    network_interfaces: Annotated[Sequence[NetworkInterface], Field(max_length=150)] | None = Field(
        default=None, description="The network interfaces of every node (Karpenter 1.11 and newer)."
    )
    associate_public_ip_address: bool | None = Field(default=None, description="Whether nodes get a public IP address.")
    ip_prefix_count: NotNegative | None = Field(default=None, description="How many IP prefixes each node gets.")
    connection_tracking: ConnectionTracking | None = Field(
        default=None, description="How long idle connections are remembered."
    )
    metadata_options: MetadataOptions | None = Field(default=None, description="The instance metadata service.")
    kubelet: Kubelet | None = Field(default=None, description="The kubelet's settings.")
    cpu_options: CpuOptions | None = Field(default=None, description="CPU options of the instances.")
    enclave_options: EnclaveOptions | None = Field(default=None, description="AWS Nitro Enclaves on the instances.")
    detailed_monitoring: bool | None = Field(
        default=None, description="Whether CloudWatch's detailed monitoring is on."
    )
    user_data: str | None = Field(
        default=None,
        description="User data that is merged with Karpenter's own, or taken as it is for the family Custom.",
    )
    tags: Mapping[str, str] | None = Field(default=None, description="AWS tags of all that is made for a node.")
    context: str | None = Field(default=None, description="EC2 Fleet's context.")
    metadata: ObjectMetadata = Field(
        default_factory=ObjectMetadata, description="Labels and annotations of the EC2NodeClass itself."
    )

    @model_validator(mode="after")
    def _say_each_thing_once(self) -> Self:
        problems = []
        if (self.role is None) == (self.instance_profile is None):
            problems.append("needs role or instanceProfile, and not both")
        if (self.ami is None) == (self.ami_selector_terms is None):
            problems.append("needs ami or amiSelectorTerms, and not both")
        if self.root_volume is not None and self.block_device_mappings is not None:
            problems.append("has rootVolume and blockDeviceMappings: keep one of them")
        if self.discovery is None and (
            self.subnet_selector_terms is None or self.security_group_selector_terms is None
        ):
            problems.append("needs discovery, or both subnetSelectorTerms and securityGroupSelectorTerms")
        if problems:
            raise PydanticCustomError("node_class", "{problems}", {"problems": "; ".join(problems)})
        return self

    @model_validator(mode="after")
    def _nodes_can_start(self) -> Self:
        problems = [*_arns(self), *volume_problems(self, self.family)]
        if self.user_data is not None and (problem := user_data_problem(self.user_data, self.family)):
            problems.append((("userData",), problem))
        if problems:
            raise placed(problems)
        return self

    @property
    def family(self) -> ami_families.AmiFamily | None:
        """What is known of the AMI family that is said, or that the alias means; None where neither says it."""
        aliases = (self.ami, *(term.alias for term in self.ami_selector_terms or ()))
        alias = next(filter(None, aliases), "")
        return ami_families.family_of(ami_families.family_name(self.ami_family or "", alias))

    def all_ami_selector_terms(self) -> Sequence[AmiSelectorTerm]:
        """Return the AMI terms of the EC2NodeClass, said short or at length."""
        return self.ami_selector_terms or (AmiSelectorTerm(alias=self.ami),)

    def all_subnet_selector_terms(self) -> Sequence[SubnetSelectorTerm]:
        """Return the subnet terms of the EC2NodeClass, said short or at length."""
        return self.subnet_selector_terms or (SubnetSelectorTerm(tags=self._discovery_tags()),)

    def all_security_group_selector_terms(self) -> Sequence[SecurityGroupSelectorTerm]:
        """Return the security group terms of the EC2NodeClass, said short or at length."""
        return self.security_group_selector_terms or (SecurityGroupSelectorTerm(tags=self._discovery_tags()),)

    def all_block_device_mappings(self) -> Sequence[BlockDeviceMapping] | None:
        """Return the disks of the EC2NodeClass, said short or at length, or None for the AMI's own."""
        if self.root_volume is None:
            return self.block_device_mappings
        root, family = self.root_volume, self.family
        disks = family.disks if family is not None else ()
        ebs = Ebs(
            volume_size=root.size,
            volume_type=root.type,
            iops=root.iops,
            throughput=root.throughput,
            encrypted=root.encrypted,
            kms_key_id=root.kms_key_id,
        )
        # A mapping of one's own takes the place of all of Karpenter's, so its disk for the system is said too.
        return (
            *(BlockDeviceMapping(device_name=disk.device, ebs=_system_disk(disk, root)) for disk in disks[:-1]),
            BlockDeviceMapping(device_name=root.device or disks[-1].device, ebs=ebs),
        )

    def _discovery_tags(self) -> dict[str, str]:
        return {vocabulary.DISCOVERY_TAG: cast("str", self.discovery)}


def _system_disk(disk: ami_families.Disk, root: RootVolume) -> Ebs:
    """Return the volume of the operating system, where the data have one of their own, as Karpenter's default is."""
    return Ebs(
        volume_size=f"{disk.snapshot}Gi", volume_type="gp3", encrypted=root.encrypted, kms_key_id=root.kms_key_id
    )


def _arns(options: NodeClassOptions) -> Iterator[tuple[tuple[str], str]]:
    """Find ARNs where Karpenter wants names."""
    for key, value in (("role", options.role), ("instanceProfile", options.instance_profile)):
        if value is not None and value.startswith("arn:"):
            yield (key,), f"'{value}' is an ARN, and Karpenter takes the name: '{value.rpartition('/')[2]}'"
