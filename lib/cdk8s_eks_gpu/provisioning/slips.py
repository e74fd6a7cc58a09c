"""What is probably a slip in a pool: values that no instance type has, labels that resemble a well-known one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Operator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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
    for key, requirement in pool.written.items():
        known = catalogue().label_values(key) | _OF_AMIS.get(key, frozenset())
        if known and requirement.operator is Operator.NOT_IN:
            continue  # to leave out what there is not restricts nothing: people list what may come
        if known and requirement.operator is Operator.IN:
            for value in sorted(requirement.values - known - {""}):  # what bare metal says of its hypervisor
                if not is_placeholder(value):
                    meant = _closest_type(value, known) if key == vocabulary.INSTANCE_TYPE else closest(value, known)
                    yield UnknownValue(requirement, value, meant)
        elif key not in WELL_KNOWN_LABELS and (meant := closest(key, WELL_KNOWN_LABELS, likeness=0.8)):
            yield LikelyLabel(key, meant)


def _closest_type(name: str, known: Collection[str]) -> str | None:
    """Return the type that was probably meant: of the same family, or else of the same size, where one is known.

    A type that is newer than the facts is like others by its size alone: `p9.96xlarge` is no slip for `hpc8a.96xlarge`.
    """
    family, _, size = name.strip().casefold().partition(".")
    by_size = {each.partition(".")[2]: each for each in known if each.startswith(f"{family}.")}
    by_family = {each.partition(".")[0]: each for each in known if each.endswith(f".{size}")}
    if by_size or by_family:
        part, parts = (size, by_size) if by_size else (family, by_family)
        meant = closest(part, parts)
        return parts[meant] if meant else None
    return closest(name, known, likeness=0.85)
