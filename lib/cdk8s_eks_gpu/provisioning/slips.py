"""What is probably a slip in a pool: values that no instance type has, labels like a well-known one, no node class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Operator, Requirement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool
    from cdk8s_eks_gpu.provisioning.pool import Pool


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


class NoNodeClass(Struct, frozen=True):
    """A pool refers to a node class that is not there, so that Karpenter launches nothing from it.

    Attributes:
        kind: The kind that it refers to.
        name: The name.
        meant: The class, or the kind where there is none such, that was probably meant, or None.
    """

    kind: str
    name: str
    meant: str | None


def no_node_class(pool: Pool, node_classes: Collection[KubernetesObject]) -> NoNodeClass | None:
    """Return that the pool refers to no node class, or None where it does, or where the cluster may have it.

    Beside other node classes, or spelt almost like one, it is a slip.
    """
    spec = pool.spec
    if pool.node_class_manifest is not None or spec.node_class_group != vocabulary.NODE_CLASS_GROUP:
        return None
    if not spec.node_class or is_placeholder(spec.node_class):
        return None
    if spec.node_class_kind != vocabulary.NODE_CLASS_KIND:
        return NoNodeClass(spec.node_class_kind, spec.node_class, vocabulary.NODE_CLASS_KIND)
    names = {each.name for each in node_classes}
    meant = closest(spec.node_class, names)
    is_beside = any(each.file == pool.manifest.file for each in node_classes)
    return NoNodeClass(spec.node_class_kind, spec.node_class, meant) if meant or is_beside else None


def slips(pool: NodePool) -> Iterator[UnknownValue | LikelyLabel]:
    """Yield what is probably a slip in the requirements of a pool, or in the labels of its template."""
    for key, requirement in pool.written.items():
        yield from unknown_values(requirement)
        is_known = key in WELL_KNOWN_LABELS or key == vocabulary.HOSTNAME
        if not is_known and (meant := closest(key, WELL_KNOWN_LABELS, likeness=0.8)):
            yield LikelyLabel(key, meant)
    for requirement in pool.template_labels.values():
        yield from unknown_values(requirement)


def unknown_values(requirement: Requirement) -> Iterator[UnknownValue]:
    """Yield the values that a requirement names and no known instance type has.

    To leave out what there is not restricts nothing: people list what may come.
    """
    key = requirement.key
    known = catalogue().label_values(key) | _OF_AMIS.get(key, frozenset())
    if not known or requirement.operator is not Operator.IN:
        return
    for value in sorted(requirement.values - known - {""}):  # what bare metal says of its hypervisor
        if not is_placeholder(value):
            yield UnknownValue(requirement, value, likely_value(key, value, known))


def likely_value(key: str, value: str, known: Collection[str]) -> str | None:
    """Return the known value of a label that was probably meant, or None."""
    return _closest_type(value, known) if key == vocabulary.INSTANCE_TYPE else closest(value, known)


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
