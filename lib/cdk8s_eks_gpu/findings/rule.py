"""What the preflight checks for: one rule, with the reason for it and its fix."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

IGNORE_PREFIX = "ignore.eks-gpu/"
"""What the keys of annotations that ignore a rule begin with."""


def ignore_annotation(rule_id: str) -> str:
    """Return the key of the annotation that ignores a rule: a key has one slash, so the id's becomes a dot."""
    return IGNORE_PREFIX + rule_id.replace("/", ".", 1)


class Severity(StrEnum):
    """How bad a finding is.

    An error is refused by Kubernetes or Karpenter, or is sure not to work. A warning works, but costs money or nodes
    sooner or later. A note says what was not checked, or was ignored.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Rule(Struct, frozen=True):
    """One thing that can be wrong, as its page in docs/rules describes it.

    Attributes:
        id: The stable name: its group, a slash, and what is wrong.
        severity: How bad it is.
        summary: What it means, in one sentence.
        why: Why it matters.
        source: The public document or issue that it comes from.
        fix: What to do about it, where the finding knows nothing more exact.
    """

    id: str
    severity: Severity
    summary: str
    why: str
    source: str
    fix: str

    @property
    def group(self) -> str:
        """Return the group: the part of the id that `--only` takes."""
        return self.id.partition("/")[0]
