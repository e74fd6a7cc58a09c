"""When Karpenter takes nodes of a pool away ("Disruption" of its documentation, v1.14)."""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from cdk8s_eks_gpu.durations import seconds_of

if TYPE_CHECKING:
    from cdk8s_eks_gpu.manifests.cursor import Cursor

Reason = Literal["Drifted", "Empty", "Underutilized"]

_DEFAULT_POLICY = "WhenEmptyOrUnderutilized"
_DEFAULT_BUDGET = "10%"
_DEFAULT_EXPIRY = "720h"
_NEVER = "Never"


class Budget(Struct, frozen=True):
    """How many nodes may be disrupted at once.

    Attributes:
        nodes: A number, or a percentage of the pool's nodes.
        reasons: The reasons that it is for; empty for all.
        is_scheduled: Whether it holds at some times only.
    """

    nodes: str = _DEFAULT_BUDGET
    reasons: tuple[str, ...] = ()
    is_scheduled: bool = False

    def allows(self, nodes: int | None) -> float:
        """Return which share of the pool's nodes may go, 1 for all; the number of nodes may not be known."""
        if self.nodes.endswith("%"):
            return int(self.nodes[:-1]) / 100
        at_once = int(self.nodes)
        return at_once / nodes if nodes else min(at_once, 0.5)


class Disruption(Struct, frozen=True):
    """What a pool says of the end of its nodes, with Karpenter's defaults.

    Attributes:
        policy: The consolidation policy: WhenEmpty, WhenEmptyOrUnderutilized or Balanced.
        consolidate_after: How long a node must be without changes first, as written.
        budgets: How many nodes may go at once.
        expire_after: The age at which a node is ended, as written.
        termination_grace_period: How long it may drain, as written, or an empty text for as long as its pods take.
    """

    policy: str
    consolidate_after: str
    budgets: tuple[Budget, ...]
    expire_after: str
    termination_grace_period: str

    @property
    def consolidates(self) -> bool:
        """Whether nodes are ever taken away because little or nothing runs on them."""
        return self.consolidate_after != _NEVER

    @property
    def only_when_empty(self) -> bool:
        """Whether nodes with running pods are left alone."""
        return self.policy == "WhenEmpty"

    @property
    def expires(self) -> bool:
        """Whether nodes have an age limit."""
        return self.expire_after != _NEVER

    @property
    def consolidation_delay(self) -> float:
        """How many seconds a node must be without changes before it may be consolidated; infinite where it never is."""
        return (seconds_of(self.consolidate_after) or 0) if self.consolidates else inf

    def at_once(self, reason: Reason, nodes: int | None = None) -> float:
        """Return which share of the pool's nodes may go at once for a reason, at the times without a schedule.

        1 stands for all of them, as does infinity: where no budget is for the reason, nothing holds Karpenter back.
        """
        budget = self.budget_for(reason, nodes)
        return inf if budget is None else budget.allows(nodes)

    def budget_for(self, reason: Reason, nodes: int | None = None) -> Budget | None:
        """Return the budget that counts for a reason at the times without a schedule: the smallest of those for it."""
        for_it = [
            budget
            for budget in self.budgets
            if not budget.is_scheduled and (not budget.reasons or reason in budget.reasons)
        ]
        return min(for_it, key=lambda budget: budget.allows(nodes), default=None)


def read_disruption(manifest: Cursor) -> Disruption:
    """Return what a NodePool manifest says; what cannot be read counts as absent."""
    disruption, template = manifest["spec"]["disruption"], manifest["spec"]["template"]["spec"]
    written = disruption["budgets"]
    budgets = tuple(map(_read_budget, written.objects())) if isinstance(written.value, list) else (Budget(),)
    return Disruption(
        policy=disruption["consolidationPolicy"].text(_DEFAULT_POLICY),
        consolidate_after=disruption["consolidateAfter"].text("0s"),
        budgets=budgets,
        expire_after=template["expireAfter"].text(_DEFAULT_EXPIRY),
        termination_grace_period=template["terminationGracePeriod"].text(),
    )


def _read_budget(budget: Cursor) -> Budget:
    nodes = budget["nodes"].text(_DEFAULT_BUDGET)
    return Budget(
        nodes=nodes if re.fullmatch(r"\d{1,9}%?", nodes, re.ASCII) else _DEFAULT_BUDGET,
        reasons=budget["reasons"].texts(),
        is_scheduled=bool(budget["schedule"]),
    )
