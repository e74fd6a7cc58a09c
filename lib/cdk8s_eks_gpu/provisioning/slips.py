"""What is probably a slip in a pool: values that no instance type has, labels that resemble a well-known one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.instances import catalogue, unlisted_families
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.provisioning.node_pool import NodePool
    from cdk8s_eks_gpu.requirements import Requirement

# Values that an instance type has only with some AMI families.
_OF_AMIS = {vocabulary.OS: frozenset({"windows"})}


class UnknownValue(Struct, frozen=True):
    """A requirement names a value that no known instance type has.

    Attributes:
        requirement: The requirement.
        value: The value.
        meant: The value that was probably meant, or None.
    """

    requirement: Requirement
    value: str
    meant: str | None


class LikelyLabel(Struct, frozen=True):
    """A label of one's own resembles a well-known one.

    Attributes:
        key: The label.
        meant: The well-known label.
    """

    key: str
    meant: str


def slips(pool: NodePool) -> Iterator[UnknownValue | LikelyLabel]:
    """Yield what is probably a slip in the requirements of a pool."""
    families = {family.name for family in unlisted_families()}
    for key, requirement in pool.written.items():
        known = catalogue().label_values(key) | _OF_AMIS.get(key, frozenset())
        if known and requirement.operator is Operator.NOT_IN:
            continue  # to leave out what there is not restricts nothing: people list what may come
        if known and requirement.operator is Operator.IN:
            if key == vocabulary.INSTANCE_FAMILY:
                known |= families
            for value in sorted(requirement.values - known - {""}):  # what bare metal says of its hypervisor
                if not is_placeholder(value):
                    yield UnknownValue(requirement, value, closest(value, known))
        elif key not in WELL_KNOWN_LABELS and (meant := closest(key, WELL_KNOWN_LABELS, likeness=0.8)):
            yield LikelyLabel(key, meant)
