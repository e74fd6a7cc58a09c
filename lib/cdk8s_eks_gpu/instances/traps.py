"""What is known of instance types beyond Karpenter's labels, and bites GPU work: data with its sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.json import decode

from cdk8s_eks_gpu.requirements import Operator, Requirement, Requirements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_DATA = Path(__file__).parent / "traps.json"


class Source(Struct, frozen=True):
    """Where a fact comes from.

    Attributes:
        document: The address of the page, issue or pull request.
        version: The version that it speaks of, or an empty text.
        date: When it was written, YYYY-MM-DD.
    """

    document: str
    version: str
    date: str


class Trap(Struct, frozen=True):
    """Types that a pool admits and that a GPU pod should not get.

    Attributes:
        name: A short name, such as `amd-gpu`.
        requirements: The requirements that the types satisfy.
        problem: What goes wrong on them.
        unless_requested: The resources whose request shows that the pod wants them.
        fix: The requirement to add to the pool or the pod.
        sources: Where this is known from.
        ends_with: For the AMI families whose images have it, the first release without it; None where there is none.
            Of an image of another family nothing is known. Empty where it does not depend on the AMI.
    """

    name: str
    requirements: Requirements
    problem: str
    unless_requested: tuple[str, ...]
    fix: Requirement
    sources: tuple[Source, ...]
    ends_with: Mapping[str, str | None] = field(default_factory=dict)

    def is_in(self, ami_alias: str) -> bool:
        """Return whether the image of an alias such as `al2023@v20260917` has it; without an alias it may."""
        if not self.ends_with or not ami_alias:
            return True
        family, _, version = ami_alias.partition("@")
        if family not in self.ends_with:
            return False
        end = self.ends_with[family]
        return end is None or (version != "latest" and version < end)

    def concerns(self, chosen: Requirements, requested: Collection[str] = ()) -> bool:
        """Return whether it is a trap with the requirements: they do not name its label on purpose."""
        deliberate = chosen.get(self.fix.key)
        named = deliberate is not None and deliberate.operator is Operator.IN
        return (
            not named and self.requirements.intersects(chosen) == () and not set(self.unless_requested) & set(requested)
        )


@cache
def traps() -> tuple[Trap, ...]:
    """Return every known trap."""
    return tuple(
        Trap(
            name=entry["name"],
            requirements=Requirements(
                Requirement.of(key, Operator.IN, *values) for key, values in entry["labels"].items()
            ),
            problem=entry["problem"],
            unless_requested=tuple(entry["unlessRequested"]),
            fix=Requirement.of(entry["fix"]["key"], entry["fix"]["operator"], *entry["fix"]["values"]),
            sources=tuple(Source(**source) for source in entry["sources"]),
            ends_with=entry.get("endsWith", {}),
        )
        for entry in _data()["traps"]
    )


def _data() -> dict[str, Any]:
    data: dict[str, Any] = decode(_DATA.read_bytes())
    return data
