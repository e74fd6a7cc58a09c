"""Why an instance type is not launched, or cannot host a pod: as data. `descriptions` puts it into words."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from decimal import Decimal

    from cdk8s_eks_gpu.requirements import Requirement, Taint


class TaintNotTolerated(Struct, frozen=True):
    """The pod does not tolerate a taint of the pool."""

    taint: Taint


class IncompatibleRequirement(Struct, frozen=True):
    """The pod asks for values of a label that the pool excludes."""

    requested: Requirement
    existing: Requirement


class LabelNotDefined(Struct, frozen=True):
    """The pod asks for a label that neither the pool nor Karpenter defines.

    Attributes:
        key: The label.
        meant: The label that was probably meant, or None.
        at_run_time: Whether feature discovery puts such labels on running nodes, which Karpenter does not foresee.
    """

    key: str
    meant: str | None = None
    at_run_time: bool = False


class LabelNotSet(Struct, frozen=True):
    """A DaemonSet waits for a label that nothing in the manifests sets on the pool's nodes."""

    key: str


class RestrictedLabel(Struct, frozen=True):
    """The pod asks for a label for which Karpenter ignores the pod.

    Attributes:
        key: The label.
        meant: The label that was probably meant, or None.
    """

    key: str
    meant: str | None = None


class ResourceClaims(Struct, frozen=True):
    """The pod asks for devices by dynamic resource allocation, for which Karpenter makes no node.

    Attributes:
        gates: The feature gates, off by default, with which it would; none where it never does.
    """

    gates: tuple[str, ...] = ()


class HostPortTaken(Struct, frozen=True):
    """A DaemonSet takes the port of the node that the pod asks for."""


class RequirementNotMet(Struct, frozen=True):
    """The instance type's labels do not satisfy what pool and pod ask for.

    Attributes:
        requirement: What is asked for.
        known: Whether any instance type has one of the values.
        meant: The value that was probably meant, or None.
    """

    requirement: Requirement
    known: bool = True
    meant: str | None = None


class NoOffering(Struct, frozen=True):
    """The instance type has no offering: no capacity type and zone that pool and pod allow.

    Attributes:
        requirements: What they ask of capacity type, zone and reservation.
        selects_reservations: Whether the node class selects capacity reservations.
        meant: The capacity type that was probably meant where none has the name, or None.
    """

    requirements: tuple[Requirement, ...]
    selects_reservations: bool = False
    meant: str | None = None


class IncompatibleWithNodeClass(Struct, frozen=True):
    """The node class cannot launch the instance type.

    Attributes:
        field: The field of its spec that keeps the type out.
    """

    field: str


class LimitExceeded(Struct, frozen=True):
    """One node of the instance type would exceed a limit of the pool."""

    resource: str
    limit: Decimal


class MinValuesNotMet(Struct, frozen=True):
    """The instance types that are left have fewer different values of a label than minValues asks for."""

    requirement: Requirement


class InsufficientResource(Struct, frozen=True):
    """The instance type cannot give that much of a resource to pods.

    Attributes:
        resource: The resource.
        requested: How much the pod asks for, in base units.
        daemon_overhead: How much the DaemonSets on such a node ask for.
        allocatable: How much there is.
    """

    resource: str
    requested: Decimal
    daemon_overhead: Decimal
    allocatable: Decimal


class ReservedBeyondCapacity(Struct, frozen=True):
    """More of a resource is reserved on the instance type than it has, so Karpenter never takes it."""

    resource: str


Reason: TypeAlias = (
    TaintNotTolerated
    | IncompatibleRequirement
    | LabelNotDefined
    | LabelNotSet
    | RestrictedLabel
    | ResourceClaims
    | HostPortTaken
    | RequirementNotMet
    | NoOffering
    | IncompatibleWithNodeClass
    | LimitExceeded
    | MinValuesNotMet
    | InsufficientResource
    | ReservedBeyondCapacity
)
Reasons: TypeAlias = tuple[Reason, ...]
