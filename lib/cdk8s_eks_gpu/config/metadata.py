"""Labels and annotations of an object itself, as against those of what it makes."""

from collections.abc import Mapping

from pydantic import Field

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import LabelKey, LabelValue


class ObjectMetadata(Options):
    """What may be said of an object beside its name: for GitOps tools, cost reports and the like."""

    labels: Mapping[LabelKey, LabelValue] | None = Field(default=None, description="Labels of the object.")
    annotations: Mapping[str, str] | None = Field(default=None, description="Annotations of the object.")
