"""How Karpenter takes nodes of a pool away: consolidation and budgets."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import BUDGET_DURATION, BUDGET_NODES, BUDGET_SCHEDULE, DURATION_OR_NEVER


class Budget(Options):
    """How many nodes may be disrupted at once."""

    nodes: Annotated[str, Field(pattern=BUDGET_NODES)] = Field(
        default="10%", description="A number of nodes or a percentage of the pool's."
    )
    reasons: Annotated[Sequence[Literal["Underutilized", "Empty", "Drifted"]], Field(max_length=50)] | None = Field(
        default=None, description="The reasons of disruption that the budget is for; none is for all."
    )
    schedule: Annotated[str, Field(pattern=BUDGET_SCHEDULE)] | None = Field(
        default=None, description="When the budget begins to count, as a cron schedule in UTC; goes with `duration`."
    )
    duration: Annotated[str, Field(pattern=BUDGET_DURATION)] | None = Field(
        default=None, description="How long the budget counts from each start of the schedule."
    )


class Disruption(Options):
    """How Karpenter takes nodes away that are empty, underutilized or out of date."""

    consolidate_after: Annotated[str, Field(pattern=DURATION_OR_NEVER)] = Field(
        description="How long a node is left alone after the last change of its pods."
    )
    consolidation_policy: Literal["WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"] | None = Field(
        default=None, description="Which nodes may go; without it Karpenter takes WhenEmptyOrUnderutilized."
    )
    budgets: Annotated[Sequence[Budget], Field(max_length=50)] | None = Field(
        default=None, description="How many nodes may go at once; without it Karpenter takes 10%."
    )
