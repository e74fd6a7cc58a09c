"""The suites: cases that one start of the controller answers, with the feature gates that they need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.cases import generated
from rehearsal.cases.directed import nodes, pools, requirements, resources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.aws.instance_types import Record
    from rehearsal.cases.case import Case

GATES = {"NodeOverlay": True, "StaticCapacity": True}


@dataclass(frozen=True)
class Suite:
    """Cases that are rehearsed together.

    Attributes:
        name: Its name, and that of the file of its answers.
        cases: The cases.
        gates: Karpenter's feature gates that are not at their default.
    """

    name: str
    cases: list[Case]
    gates: dict[str, bool] = field(default_factory=dict)


def suites(records: dict[str, Record]) -> Iterator[Suite]:
    """Yield the suites of launches."""
    yield Suite("requirements", requirements.cases())
    yield Suite("resources", resources.cases())
    yield Suite("pools", pools.cases())
    yield Suite("nodes", nodes.cases())
    yield Suite("gated", pools.gated(), GATES)
    yield Suite("nested-virtualization", nodes.nested_virtualization())
    yield Suite("daemon-terms", nodes.daemon_terms())
    for seed in (1, 2, 3):
        yield Suite(f"generated-{seed}", generated.cases(records, seed, 100))
