"""One EC2 instance type: the labels and resources that Karpenter gives its nodes."""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances.network_cards import network_cards
from cdk8s_eks_gpu.quantity import parse_quantity
from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements
from cdk8s_eks_gpu.requirements.labels import INSTANCE_LABELS, WELL_KNOWN_VALUES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

ABSENT_LABELS = INSTANCE_LABELS | {vocabulary.WINDOWS_BUILD}
"""Labels that Karpenter gives a type as DoesNotExist where EC2 says nothing; all others that it lacks are undefined."""


class InstanceType(Struct, frozen=True, eq=False, dict=True):
    """An EC2 instance type as Karpenter sees it. There is one object for each, so that sets of them are fast.

    Attributes:
        name: The name, such as `p5.48xlarge`.
        labels: The labels of its nodes. Memory is in MiB, bandwidth in Mbit/s, local NVMe in GB.
        quantities: What its nodes can give to pods, by resource, as Kubernetes quantities: the capacity less what
            Karpenter takes off for AL2023 with the AMI's own disk.
        network_cards: How many network cards it has, each for at most one EFA; None where it is not known.
        spot: Whether EC2 sells it as spot; None where it is not known.
        instance_store: The size of its local disks together in GB, NVMe or not; None where it has none.
        nested_virtualization: Whether virtual machines can run on it; None where it is not known.
        ena: Whether its network interfaces are of the Elastic Network Adapter; None where it is not known.
        interfaces: How many network interfaces each of its cards takes, as EC2 describes it; empty if not known.
        since: The first minor version of Karpenter whose own tables have it. With an older one its nodes have neither
            the label instance-network-bandwidth nor pod-eni; None where no table has it.
        has_limits: Whether Karpenter's own tables have it, those of the release that is asked about.
        source: Where its facts come from: `ec2` for EC2's own description and what Karpenter makes of it, or the
            version of Karpenter's reference page.
    """

    name: str
    labels: Mapping[str, str]
    quantities: Mapping[str, str]
    network_cards: int | None = None
    spot: bool | None = None
    instance_store: int | None = None
    nested_virtualization: bool | None = None
    ena: bool | None = None
    interfaces: tuple[int, ...] = ()
    since: str | None = None
    has_limits: bool = True
    source: str = ""

    @property
    def family(self) -> str:
        """The family, such as `p5`."""
        return self.labels[vocabulary.INSTANCE_FAMILY]

    @property
    def size(self) -> str:
        """The size, such as `48xlarge`."""
        return self.labels[vocabulary.INSTANCE_SIZE]

    @property
    def architecture(self) -> str:
        """The CPU architecture, `amd64` or `arm64`."""
        return self.labels[vocabulary.ARCH]

    @cached_property
    def allocatable(self) -> Mapping[str, Decimal]:
        """What its nodes can give to pods, by resource, in base units."""
        return MappingProxyType({name: parse_quantity(quantity) for name, quantity in self.quantities.items()})

    @cached_property
    def requirements(self) -> Requirements:
        """The labels as requirements.

        Tenancy and capacity type may have any of their values. Zone and region are not among the requirements: they
        are not known before run time.
        """
        by_key = {key: Requirement.of(key, Operator.DOES_NOT_EXIST) for key in ABSENT_LABELS - self.labels.keys()}
        by_key |= {key: Requirement.of(key, Operator.IN, *values) for key, values in WELL_KNOWN_VALUES.items()}
        return Requirements((*Requirements.of_labels(self.labels).values(), *by_key.values()))

    @property
    def interfaces_per_card(self) -> tuple[int, ...]:
        """How many network interfaces each of its cards takes, from card 0; empty where it is not known."""
        return self.interfaces or network_cards(self.name) or ()

    def count(self, resource: str) -> int:
        """Return how many of a counted resource, such as `nvidia.com/gpu`, a node has."""
        return int(self.allocatable.get(resource, 0))
