"""What releases of Karpenter do otherwise than those before: data, for what manifests may say and no schema shows.

A row of `READINGS` is about objects that have a field, or about all of a kind. Sources: Karpenter's upgrade guide
(https://karpenter.sh/docs/upgrading/upgrade-guide/), its CloudFormation template, and the code that is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.releases.versions import numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GUIDE = "https://karpenter.sh/docs/upgrading/upgrade-guide/"
_AWS = "https://github.com/aws/karpenter-provider-aws/blob/v1.15.1"


class Reading(Struct, frozen=True):
    """What a release makes of a field that the one before made something else of.

    Attributes:
        since: The minor version that does so.
        kind: The kind of the object; empty for whatever makes pods.
        path: The field, within the object or the pod's spec; empty for every object of the kind.
        text: What changes.
        source: The document or code that says so.
        absent: Whether it is about objects without the field.
        replaces_nodes: Whether Karpenter replaces the nodes that are there.
        value: The value that it is about; None for any.
    """

    since: str
    kind: str
    path: tuple[str, ...]
    text: str
    source: str = _GUIDE
    absent: bool = False
    replaces_nodes: bool = False
    value: str | None = None


class IamAction(Struct, frozen=True):
    """An action that Karpenter's role needs from a release on.

    Attributes:
        since: The minor version.
        action: The action, such as `ec2:DescribeInstanceStatus`.
        purpose: What it is for, and what the policy has to say besides.
        source: The document or code that says so.
        kind: The kind of object that needs it; empty where all do, and where a setting does.
        path: The field that needs it.
        setting: The setting or feature gate that needs it; empty where none does.
    """

    since: str
    action: str
    purpose: str
    source: str = _GUIDE
    kind: str = ""
    path: tuple[str, ...] = ()
    setting: str = ""


READINGS = (
    Reading(
        "1.1",
        "EC2NodeClass",
        ("spec", "instanceStorePolicy"),
        "RAID0 takes effect on Bottlerocket too, and needs Bottlerocket 1.22 or newer: older nodes do not join",
        value="RAID0",
    ),
    Reading(
        "1.6",
        "EC2NodeClass",
        ("spec", "capacityReservationSelectorTerms"),
        "the gate ReservedCapacity is on by default: the reservations are used",
    ),
    Reading(
        "1.6",
        "EC2NodeClass",
        ("spec", "capacityReservationSelectorTerms"),
        "open capacity reservations that no class selects are no longer used: they stay empty, and are paid for",
        absent=True,
    ),
    Reading(
        "1.7",
        "",
        ("resourceClaims",),
        "pods with resourceClaims get no node, where they were taken for any others before",
    ),
    Reading(
        "1.9",
        "EC2NodeClass",
        ("spec", "kubelet", "evictionSoft"),
        "what evictionSoft says is no longer kept from pods, so that more fits on a node",
        "https://github.com/aws/karpenter-provider-aws/blob/v1.9.3/pkg/providers/instancetype/types.go",
    ),
    Reading(
        "1.12",
        "EC2NodeClass",
        (),
        "the hash of a node class has the cluster's CA bundle in it: the nodes that are there count as drifted",
        replaces_nodes=True,
    ),
    Reading(
        "1.15",
        "EC2NodeClass",
        ("spec", "kubelet"),
        "any field of the kubelet's configuration is taken, and what is wrong is no longer refused when it is applied:"
        " the class says ValidationSucceeded=False, and launches nothing",
        f"{_AWS}/pkg/controllers/nodeclass/validation.go",
    ),
    Reading(
        "1.15",
        "NodePool",
        ("spec", "replicas"),
        "where the limit leaves no room, a drifted node is ended before its replacement starts",
        "https://github.com/kubernetes-sigs/karpenter/pull/3312",
    ),
    Reading(
        "1.15",
        "NodePool",
        ("spec", "disruption", "budgets"),
        "where NodeRepair is on, repair keeps to the budgets (reason Unhealthy), which may hold it up;"
        " LEGACY_NODE_REPAIR=true is as before",
        f"{_AWS}/charts/karpenter/README.md",
    ),
)

IAM_ACTIONS = (
    IamAction(
        "1.3",
        "ec2:DescribeCapacityReservations",
        "capacity reservations; ec2:RunInstances and ec2:CreateFleet have to allow capacity-reservation/*",
        "https://karpenter.sh/docs/reference/cloudformation/",
        "EC2NodeClass",
        ("spec", "capacityReservationSelectorTerms"),
    ),
    IamAction("1.7", "iam:ListInstanceProfiles", "instance profiles, which have a path of their own"),
    IamAction(
        "1.11",
        "ec2:DescribePlacementGroups",
        "placement groups; ec2:RunInstances and ec2:CreateFleet have to allow placement-group/*",
        kind="EC2NodeClass",
        path=("spec", "placementGroupSelector"),
    ),
    IamAction("1.12", "ec2:DescribeInstanceStatus", "the health checks of the interruption controller"),
    IamAction(
        "1.12",
        "arc-zonal-shift:GetManagedResource",
        "zonal shift",
        setting="ENABLE_ZONAL_SHIFT",
    ),
    IamAction(
        "1.15",
        "ec2:RebootInstances",
        "repairing a node by starting it again",
        f"{_AWS}/pkg/providers/instance/instance.go",
        setting="RebootForRepair",
    ),
)


def readings_between(old: str, new: str) -> Iterator[Reading]:
    """Yield what the releases after `old` up to `new` read otherwise; nothing where `new` is the older one."""
    return (each for each in READINGS if _is_between(each.since, old, new))


def iam_actions_between(old: str, new: str) -> Iterable[IamAction]:
    """Return the actions that came after `old` up to `new`."""
    return [each for each in IAM_ACTIONS if _is_between(each.since, old, new)]


def _is_between(since: str, old: str, new: str) -> bool:
    return numbers_of(old)[:2] < numbers_of(since)[:2] <= numbers_of(new)[:2]
