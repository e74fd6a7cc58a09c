"""Labels and annotations of an object itself, as against those of what it makes; and the rules that it ignores."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import OBJECT_PATTERN, SOME_TEXT, LabelKey, LabelValue
from cdk8s_eks_gpu.findings.rule_ids import RuleId


class ObjectMetadata(Options):
    """What may be said of an object beside its name: for GitOps tools, cost reports and the like."""

    labels: Mapping[LabelKey, LabelValue] | None = Field(default=None, description="Labels of the object.")
    annotations: Mapping[str, str] | None = Field(default=None, description="Annotations of the object.")


class Ignore(Options):
    """A rule of the preflight that is ignored for some objects: each gets an annotation with the reason."""

    rule: RuleId = Field(description="The rule's id, as the report names it: ami/latest.")
    object: Annotated[str, Field(pattern=OBJECT_PATTERN)] = Field(
        default="*",
        description="The objects, as the report names them: NodePool/gpu. A * stands for any text: NodePool/*; "
        "a namespace may stand between kind and name. Left out, all objects of the cluster.",
    )
    reason: Annotated[str, Field(pattern=SOME_TEXT)] = Field(
        description="Why the finding is accepted, for whoever reviews it later."
    )
