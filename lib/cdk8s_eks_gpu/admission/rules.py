"""The rules of admission, gathered from beside the checks that report them."""

from __future__ import annotations

from cdk8s_eks_gpu.admission import cel, core, objects
from cdk8s_eks_gpu.admission.runtime import kubelet, validate
from cdk8s_eks_gpu.admission.schema import fields, metadata, structure

ADMISSION_RULES = (
    *fields.RULES,
    *structure.RULES,
    *metadata.RULES,
    *objects.RULES,
    *cel.RULES,
    *validate.RULES,
    *kubelet.RULES,
    *core.RULES,
)
"""In the order of their groups: schema, cel, runtime, core."""
