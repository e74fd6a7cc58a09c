"""Kubernetes' scheduling words that pools and pods share: taints, tolerations, requirements."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.model import Options, placed
from cdk8s_eks_gpu.config.scalars import LABEL_KEY, LabelKey, LabelValue, TaintKey
from cdk8s_eks_gpu.requirements.requirement import as_integer

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
Operator = Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"]


class Taint(Options):
    """Keeps pods off a node unless they tolerate it."""

    key: TaintKey = Field(description="The taint's key.")
    value: Annotated[str, Field(pattern=LABEL_KEY)] | None = Field(default=None, description="The taint's value.")
    effect: Effect = Field(description="What happens to pods that do not tolerate the taint.")


class Toleration(Options):
    """Lets a pod onto nodes with a matching taint. Without a key and with the operator Exists, with any taint."""

    key: LabelKey | None = Field(default=None, description="The key of the taints; none matches every key.")
    operator: Literal["Exists", "Equal"] | None = Field(
        default=None, description="Exists matches any value; Equal, Kubernetes' default, compares it."
    )
    value: str | None = Field(default=None, description="The value to compare; only with the operator Equal.")
    effect: Effect | None = Field(default=None, description="The effect of the taints; none matches every effect.")
    toleration_seconds: int | None = Field(
        default=None, description="How long the pod stays after a NoExecute taint appears, in seconds."
    )


class Requirement(Options):
    """One of Karpenter's requirements on a node's labels."""

    key: Annotated[LabelKey, Field(max_length=316)] = Field(description="The label's key.")
    operator: Operator = Field(description="How the label is compared with the values.")
    values: Sequence[LabelValue] | None = Field(
        default=None,
        description="One or more values for In and NotIn, one number for Gt, Lt, Gte and Lte, none for the others.",
    )
    min_values: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description="How many different values must stay possible, so that spot has a choice."
    )

    @model_validator(mode="after")
    def _a_bound_is_one_number(self) -> Self:
        values = self.values or ()
        if self.operator in {"Gt", "Lt", "Gte", "Lte"} and (len(values) != 1 or as_integer(values[0]) is None):
            raise placed([(("values",), f"{self.operator} takes one whole number, such as ['8'], not {list(values)}")])
        return self


# Constants are constructed, not validated: pydantic builds a validator at its first use, which costs milliseconds here.
GPU_TAINT = Taint.model_construct(key=vocabulary.GPU, value=vocabulary.GPU_TAINT_VALUE, effect="NoSchedule")
"""The taint of GPU nodes that every part of NVIDIA's chart tolerates; with another value no GPU is registered."""

GPU_TOLERATION = Toleration.model_construct(key=vocabulary.GPU, operator="Exists", effect="NoSchedule")
"""What a pod needs to land on nodes with the GPU taint, whatever its value."""

ANY_TOLERATION = Toleration.model_construct(operator="Exists")
"""Lets a pod onto every node, whatever its taints."""


def tolerations_of(taints: Sequence[Taint], *, beside: Sequence[Toleration] = ()) -> list[Toleration]:
    """Return what tolerates the taints that none of the other tolerations does."""
    return [
        Toleration(
            key=taint.key, operator="Equal" if taint.value else "Exists", value=taint.value or None, effect=taint.effect
        )
        for taint in taints
        if not any(_tolerates(toleration, taint) for toleration in beside)
    ]


def _tolerates(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect not in {None, taint.effect} or toleration.key not in {None, taint.key}:
        return False
    return toleration.operator == "Exists" or (toleration.value or "") == (taint.value or "")
