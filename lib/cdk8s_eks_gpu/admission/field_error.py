"""A place where a value breaks its schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdk8s_eks_gpu.findings.rule import Rule
    from cdk8s_eks_gpu.manifests import Path


@dataclass(frozen=True)
class Violation:
    """What is wrong at one path of an object.

    Attributes:
        rule: The rule that is broken.
        path: Where: as Kubernetes reports it, so an absent field is named itself.
        message: What is wrong.
        value: The value there, None for an absent one.
        cure: The cure, where it is known more exactly than the rule knows it.
        blocks_rules: Whether CEL rules that see the value cannot be evaluated in earnest.
    """

    rule: Rule
    path: Path
    message: str
    value: Any = None
    cure: str | None = None
    blocks_rules: bool = False
