"""A Karpenter EC2NodeClass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cdk8s
from cdk8s_eks_gpu_crds.aws.k8s import karpenter
from constructs import Construct

from cdk8s_eks_gpu.constructs.enums import member
from cdk8s_eks_gpu.constructs.manifest import leave_namespaces

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config import ec2
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions


class NodeClass(Construct):
    """How the machines of a pool are made."""

    def __init__(self, scope: Construct, id: str, options: NodeClassOptions, *, name: str | None = None) -> None:
        """Make the EC2NodeClass. It is named like the construct's id, unless `name` says otherwise."""
        super().__init__(scope, id)
        self._resource = karpenter.Ec2NodeClass(
            self,
            "Resource",
            metadata=cdk8s.ApiObjectMetadata(
                name=name or id, labels=options.metadata.labels, annotations=options.metadata.annotations
            ),
            spec=_spec(options),
        )
        leave_namespaces(self._resource)

    @property
    def resource(self) -> cdk8s.ApiObject:
        """The EC2NodeClass as a cdk8s object."""
        return self._resource

    @property
    def name(self) -> str:
        """The EC2NodeClass's name, which node pools refer to."""
        return self._resource.name


def _spec(options: NodeClassOptions) -> karpenter.Ec2NodeClassSpec:
    family, store_policy = options.ami_family, options.instance_store_policy
    disks = options.all_block_device_mappings()
    reservations, interfaces = options.capacity_reservation_selector_terms, options.network_interfaces
    return karpenter.Ec2NodeClassSpec(
        role=options.role,
        instance_profile=options.instance_profile,
        ami_family=family and member(karpenter.Ec2NodeClassSpecAmiFamily, family),
        ami_selector_terms=[_ami(term) for term in options.all_ami_selector_terms()],
        subnet_selector_terms=[
            karpenter.Ec2NodeClassSpecSubnetSelectorTerms(id=term.id, tags=term.tags)
            for term in options.all_subnet_selector_terms()
        ],
        security_group_selector_terms=[
            karpenter.Ec2NodeClassSpecSecurityGroupSelectorTerms(id=term.id, name=term.name, tags=term.tags)
            for term in options.all_security_group_selector_terms()
        ],
        capacity_reservation_selector_terms=reservations and [_capacity_reservation(term) for term in reservations],
        placement_group_selector=options.placement_group_selector
        and karpenter.Ec2NodeClassSpecPlacementGroupSelector(
            id=options.placement_group_selector.id, name=options.placement_group_selector.name
        ),
        block_device_mappings=disks and [_block_device(disk) for disk in disks],
        instance_store_policy=store_policy and member(karpenter.Ec2NodeClassSpecInstanceStorePolicy, store_policy),
        network_interfaces=interfaces and [_network_interface(interface) for interface in interfaces],
        associate_public_ip_address=options.associate_public_ip_address,
        ip_prefix_count=options.ip_prefix_count,
        connection_tracking=options.connection_tracking
        and karpenter.Ec2NodeClassSpecConnectionTracking(
            tcp_established_timeout=options.connection_tracking.tcp_established_timeout,
            udp_stream_timeout=options.connection_tracking.udp_stream_timeout,
            udp_timeout=options.connection_tracking.udp_timeout,
        ),
        metadata_options=options.metadata_options and _metadata_options(options.metadata_options),
        kubelet=options.kubelet and _kubelet(options.kubelet),
        cpu_options=options.cpu_options and _cpu_options(options.cpu_options),
        detailed_monitoring=options.detailed_monitoring,
        user_data=options.user_data,
        tags=options.tags,
        context=options.context,
    )


def _ami(term: ec2.AmiSelectorTerm) -> karpenter.Ec2NodeClassSpecAmiSelectorTerms:
    return karpenter.Ec2NodeClassSpecAmiSelectorTerms(
        alias=term.alias, id=term.id, name=term.name, owner=term.owner, ssm_parameter=term.ssm_parameter, tags=term.tags
    )


def _capacity_reservation(
    term: ec2.CapacityReservationSelectorTerm,
) -> karpenter.Ec2NodeClassSpecCapacityReservationSelectorTerms:
    criteria = karpenter.Ec2NodeClassSpecCapacityReservationSelectorTermsInstanceMatchCriteria
    return karpenter.Ec2NodeClassSpecCapacityReservationSelectorTerms(
        id=term.id,
        instance_match_criteria=term.instance_match_criteria and member(criteria, term.instance_match_criteria),
        owner_id=term.owner_id,
        tags=term.tags,
    )


def _block_device(disk: ec2.BlockDeviceMapping) -> karpenter.Ec2NodeClassSpecBlockDeviceMappings:
    return karpenter.Ec2NodeClassSpecBlockDeviceMappings(
        device_name=disk.device_name, ebs=disk.ebs and _ebs(disk.ebs), root_volume=disk.root_volume
    )


def _ebs(ebs: ec2.Ebs) -> karpenter.Ec2NodeClassSpecBlockDeviceMappingsEbs:
    volume_type = ebs.volume_type
    return karpenter.Ec2NodeClassSpecBlockDeviceMappingsEbs(
        volume_size=ebs.volume_size,
        volume_type=volume_type and member(karpenter.Ec2NodeClassSpecBlockDeviceMappingsEbsVolumeType, volume_type),
        iops=ebs.iops,
        throughput=ebs.throughput,
        volume_initialization_rate=ebs.volume_initialization_rate,
        encrypted=ebs.encrypted,
        kms_key_id=ebs.kms_key_id,
        snapshot_id=ebs.snapshot_id,
        delete_on_termination=ebs.delete_on_termination,
    )


def _network_interface(interface: ec2.NetworkInterface) -> karpenter.Ec2NodeClassSpecNetworkInterfaces:
    return karpenter.Ec2NodeClassSpecNetworkInterfaces(
        network_card_index=interface.network_card_index,
        device_index=interface.device_index,
        interface_type=member(karpenter.Ec2NodeClassSpecNetworkInterfacesInterfaceType, interface.interface_type),
    )


def _metadata_options(options: ec2.MetadataOptions) -> karpenter.Ec2NodeClassSpecMetadataOptions:
    endpoint, ipv6, tokens = options.http_endpoint, options.http_protocol_ipv6, options.http_tokens
    return karpenter.Ec2NodeClassSpecMetadataOptions(
        http_endpoint=endpoint and member(karpenter.Ec2NodeClassSpecMetadataOptionsHttpEndpoint, endpoint),
        http_protocol_i_pv6=ipv6 and member(karpenter.Ec2NodeClassSpecMetadataOptionsHttpProtocolIPv6, ipv6),
        http_put_response_hop_limit=options.http_put_response_hop_limit,
        http_tokens=tokens and member(karpenter.Ec2NodeClassSpecMetadataOptionsHttpTokens, tokens),
    )


def _cpu_options(options: ec2.CpuOptions) -> karpenter.Ec2NodeClassSpecCpuOptions:
    nested = options.nested_virtualization
    return karpenter.Ec2NodeClassSpecCpuOptions(
        nested_virtualization=nested and member(karpenter.Ec2NodeClassSpecCpuOptionsNestedVirtualization, nested)
    )


def _kubelet(kubelet: ec2.Kubelet) -> karpenter.Ec2NodeClassSpecKubelet:
    return karpenter.Ec2NodeClassSpecKubelet(
        cluster_dns=kubelet.cluster_dns,
        cpu_cfs_quota=kubelet.cpu_cfs_quota,
        eviction_hard=kubelet.eviction_hard,
        eviction_soft=kubelet.eviction_soft,
        eviction_soft_grace_period=kubelet.eviction_soft_grace_period,
        eviction_max_pod_grace_period=kubelet.eviction_max_pod_grace_period,
        image_gc_high_threshold_percent=kubelet.image_gc_high_threshold_percent,
        image_gc_low_threshold_percent=kubelet.image_gc_low_threshold_percent,
        kube_reserved=kubelet.kube_reserved,
        system_reserved=kubelet.system_reserved,
        max_pods=kubelet.max_pods,
        pods_per_core=kubelet.pods_per_core,
    )
