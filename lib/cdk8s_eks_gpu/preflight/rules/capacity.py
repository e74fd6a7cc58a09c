"""Capacity reservations and placement groups."""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

_RESERVATIONS = "https://karpenter.sh/docs/tasks/odcrs/"
_SELECTOR = "https://karpenter.sh/docs/concepts/nodeclasses/#speccapacityreservationselectorterms"

ONLY_RESERVED = Rule(
    "capacity/reserved-without-reservation",
    Severity.ERROR,
    "The pool makes reserved nodes only, and its node class selects no capacity reservation.",
    "There is no offering that the pool could take, so Karpenter never makes a node from it.",
    _RESERVATIONS,
    "Add `capacityReservationSelectorTerms` to the node class, or another capacity type to the pool.",
)
RESERVED_UNUSED = Rule(
    "capacity/reserved-never-used",
    Severity.WARNING,
    "The pool allows reserved nodes, and its node class selects no capacity reservation.",
    "The word has no effect: every node is spot or on demand, and a reservation that is paid for stays empty.",
    _RESERVATIONS,
    "Add `capacityReservationSelectorTerms` to the node class, or remove `reserved` from the pool.",
)
RESERVATION_UNUSED = Rule(
    "capacity/reservation-never-used",
    Severity.WARNING,
    "The node class selects capacity reservations, and the pool does not allow reserved nodes.",
    "The reservations are paid for, and the pool never uses them.",
    _SELECTOR,
    "Add `reserved` to the pool's karpenter.sh/capacity-type.",
)
BLOCK_IN_PLACEMENT_GROUP = Rule(
    "capacity/placement-group-with-block",
    Severity.ERROR,
    "The pool's nodes come from capacity blocks, and the node class puts them into a placement group.",
    "EC2 places the instances of a capacity block itself and refuses to start them in a placement group.",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html",
    "Remove `placementGroupSelector` from the node class: a capacity block's instances are close together anyway.",
)
BLOCK_PERHAPS = Rule(
    "capacity/placement-group-perhaps-with-block",
    Severity.WARNING,
    "The pool may take capacity blocks, and the node class puts its nodes into a placement group.",
    "EC2 places the instances of a capacity block itself and refuses to start them in a placement group.",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html",
    "Require karpenter.k8s.aws/capacity-reservation-type NotIn [capacity-block], or remove the placement group.",
)

RULES = (ONLY_RESERVED, RESERVED_UNUSED, RESERVATION_UNUSED, BLOCK_IN_PLACEMENT_GROUP, BLOCK_PERHAPS)
