"""A Karpenter EC2NodeClass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cdk8s

from cdk8s_eks_gpu.constructs.manifest import leave_namespaces
from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.constructs.translate import each, maybe, member
from cdk8s_eks_gpu_crds.aws.k8s import karpenter

if TYPE_CHECKING:
    from constructs import Construct

    from cdk8s_eks_gpu.config import ec2
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions


class NodeClass(SingleObject):
    """How the machines of a pool are made."""

    def __init__(self, scope: Construct, id: str, options: NodeClassOptions, *, name: str | None = None) -> None:
        """Make the EC2NodeClass. It is named like the construct's id, unless `name` says otherwise."""
        super().__init__(scope, id)
        made = karpenter.Ec2NodeClass(
            self,
            "Resource",
            metadata=cdk8s.ApiObjectMetadata(
                name=name or id, labels=options.metadata.labels, annotations=options.metadata.annotations
            ),
            spec=_spec(options),
        )
        leave_namespaces(made)
        self._hold(made)


def _spec(options: NodeClassOptions) -> karpenter.Ec2NodeClassSpec:
    return karpenter.Ec2NodeClassSpec(
        role=options.role,
        instance_profile=options.instance_profile,
        ami_family=maybe(member(karpenter.Ec2NodeClassSpecAmiFamily), options.ami_family),
        ami_selector_terms=[_ami(term) for term in options.all_ami_selector_terms()],
        subnet_selector_terms=[_subnet(term) for term in options.all_subnet_selector_terms()],
        security_group_selector_terms=[_security_group(term) for term in options.all_security_group_selector_terms()],
        capacity_reservation_selector_terms=each(_capacity_reservation, options.capacity_reservation_selector_terms),
        placement_group_selector=maybe(_placement_group, options.placement_group_selector),
        block_device_mappings=each(_block_device, options.all_block_device_mappings()),
        instance_store_policy=maybe(
            member(karpenter.Ec2NodeClassSpecInstanceStorePolicy), options.instance_store_policy
        ),
        network_interfaces=each(_network_interface, options.network_interfaces),
        associate_public_ip_address=options.associate_public_ip_address,
        ip_prefix_count=options.ip_prefix_count,
        connection_tracking=maybe(_connection_tracking, options.connection_tracking),
        metadata_options=maybe(_metadata_options, options.metadata_options),
        kubelet=maybe(_kubelet, options.kubelet),
        cpu_options=maybe(_cpu_options, options.cpu_options),
        enclave_options=maybe(_enclave_options, options.enclave_options),
        detailed_monitoring=options.detailed_monitoring,
        user_data=options.user_data,
        tags=options.tags,
        context=options.context,
    )


def _ami(term: ec2.AmiSelectorTerm) -> karpenter.Ec2NodeClassSpecAmiSelectorTerms:
    return karpenter.Ec2NodeClassSpecAmiSelectorTerms(
        alias=term.alias, id=term.id, name=term.name, owner=term.owner, ssm_parameter=term.ssm_parameter, tags=term.tags
    )


def _subnet(term: ec2.SubnetSelectorTerm) -> karpenter.Ec2NodeClassSpecSubnetSelectorTerms:
    return karpenter.Ec2NodeClassSpecSubnetSelectorTerms(id=term.id, tags=term.tags)


def _security_group(term: ec2.SecurityGroupSelectorTerm) -> karpenter.Ec2NodeClassSpecSecurityGroupSelectorTerms:
    return karpenter.Ec2NodeClassSpecSecurityGroupSelectorTerms(id=term.id, name=term.name, tags=term.tags)


def _capacity_reservation(
    term: ec2.CapacityReservationSelectorTerm,
) -> karpenter.Ec2NodeClassSpecCapacityReservationSelectorTerms:
    criteria = karpenter.Ec2NodeClassSpecCapacityReservationSelectorTermsInstanceMatchCriteria
    return karpenter.Ec2NodeClassSpecCapacityReservationSelectorTerms(
        id=term.id,
        instance_match_criteria=maybe(member(criteria), term.instance_match_criteria),
        owner_id=term.owner_id,
        tags=term.tags,
    )


def _placement_group(selector: ec2.PlacementGroupSelector) -> karpenter.Ec2NodeClassSpecPlacementGroupSelector:
    return karpenter.Ec2NodeClassSpecPlacementGroupSelector(id=selector.id, name=selector.name)


def _block_device(disk: ec2.BlockDeviceMapping) -> karpenter.Ec2NodeClassSpecBlockDeviceMappings:
    return karpenter.Ec2NodeClassSpecBlockDeviceMappings(
        device_name=disk.device_name, ebs=maybe(_ebs, disk.ebs), root_volume=disk.root_volume
    )


def _ebs(ebs: ec2.Ebs) -> karpenter.Ec2NodeClassSpecBlockDeviceMappingsEbs:
    return karpenter.Ec2NodeClassSpecBlockDeviceMappingsEbs(
        volume_size=ebs.volume_size,
        volume_type=maybe(member(karpenter.Ec2NodeClassSpecBlockDeviceMappingsEbsVolumeType), ebs.volume_type),
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
        interface_type=member(karpenter.Ec2NodeClassSpecNetworkInterfacesInterfaceType)(interface.interface_type),
    )


def _connection_tracking(tracking: ec2.ConnectionTracking) -> karpenter.Ec2NodeClassSpecConnectionTracking:
    return karpenter.Ec2NodeClassSpecConnectionTracking(
        tcp_established_timeout=tracking.tcp_established_timeout,
        udp_stream_timeout=tracking.udp_stream_timeout,
        udp_timeout=tracking.udp_timeout,
    )


def _metadata_options(options: ec2.MetadataOptions) -> karpenter.Ec2NodeClassSpecMetadataOptions:
    ipv6 = karpenter.Ec2NodeClassSpecMetadataOptionsHttpProtocolIPv6
    return karpenter.Ec2NodeClassSpecMetadataOptions(
        http_endpoint=maybe(member(karpenter.Ec2NodeClassSpecMetadataOptionsHttpEndpoint), options.http_endpoint),
        http_protocol_i_pv6=maybe(member(ipv6), options.http_protocol_ipv6),
        http_put_response_hop_limit=options.http_put_response_hop_limit,
        http_tokens=maybe(member(karpenter.Ec2NodeClassSpecMetadataOptionsHttpTokens), options.http_tokens),
    )


def _cpu_options(options: ec2.CpuOptions) -> karpenter.Ec2NodeClassSpecCpuOptions:
    nested = karpenter.Ec2NodeClassSpecCpuOptionsNestedVirtualization
    return karpenter.Ec2NodeClassSpecCpuOptions(
        nested_virtualization=maybe(member(nested), options.nested_virtualization)
    )


def _enclave_options(options: ec2.EnclaveOptions) -> karpenter.Ec2NodeClassSpecEnclaveOptions:
    return karpenter.Ec2NodeClassSpecEnclaveOptions(enabled=options.enabled)


def _kubelet(kubelet: ec2.Kubelet) -> dict[str, Any]:
    # Any field of the kubelet's configuration may stand here since Karpenter 1.15, so the imported class has no type.
    settings: dict[str, Any] = kubelet.model_dump(by_alias=True, exclude_none=True)
    return settings
