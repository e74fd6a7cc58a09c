"""What a log shows, check by check."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from cdk8s_eks_gpu.status import Status, worst


class NcclCheck(Struct, frozen=True):
    """One thing that the log of an NCCL test shows, or fails to show.

    Attributes:
        name: What was looked at: `test`, `ranks`, `network`, `provider`, `nics`, `gpudirect-rdma`, `values`,
            `bandwidth` or `instance-type`.
        status: `pass`, `fail`, `waiting` for what a test that still runs may yet show, or `not known`.
        observed: What the log says.
        expected: What it should say; empty where nothing is expected.
        fix: What to do about it; empty unless it fails, waits or is not known.
        source: Where the expectation comes from.
    """

    name: str
    status: Status
    observed: str
    expected: str = ""
    fix: str = ""
    source: str = ""


class NcclReport(Struct, frozen=True):
    """All that the log of an NCCL test shows.

    Attributes:
        instance_type: The instance type of the nodes.
        nodes: How many nodes were asked to take part.
        checks: The checks, in the order in which they explain each other: what fails first is the cause of the rest.
        bus_bandwidth: The bus bandwidth at the largest size in GB/s, of the slowest test; None where there is none.
        size: That size in bytes.
        line_rate: What the network interfaces of a node carry in GB/s, or None where it is not known.
    """

    instance_type: str
    nodes: int
    checks: tuple[NcclCheck, ...]
    bus_bandwidth: float | None = None
    size: int | None = None
    line_rate: float | None = None

    @property
    def status(self) -> Status:
        """The worst of the checks: one that fails outweighs one that waits, and `not known` outweighs `pass`."""
        return worst(check.status for check in self.checks)

    @property
    def ok(self) -> bool:
        """Whether nothing fails and nothing is still awaited."""
        return self.status.ok

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data, for JSON."""
        share = self.bus_bandwidth / self.line_rate if self.bus_bandwidth is not None and self.line_rate else None
        return {
            "status": self.status,
            "instanceType": self.instance_type,
            "nodes": self.nodes,
            "busBandwidth": self.bus_bandwidth,
            "sizeBytes": self.size,
            "lineRate": self.line_rate,
            "shareOfLineRate": None if share is None else round(share, 3),
            "checks": [
                {
                    "check": check.name,
                    "status": check.status,
                    "observed": check.observed,
                    "expected": check.expected,
                    "fix": check.fix,
                    "source": check.source,
                }
                for check in self.checks
            ],
        }
