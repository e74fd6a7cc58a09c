"""What a pair of nodes should do, by instance type: facts with sources, `not known` where nothing was measured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.instances import InstanceType

GIB: Final = 2**30
MARK_NODES: Final = 2
"""How many nodes the marks were measured with."""

TOLERANCE: Final = 0.9
"""The share of a mark that passes: nccl-tests' own, for the average that NCCL_TESTS_MIN_BW asks for (src/util.cu)."""

_NCCL_TESTS_PAGE = (
    "awsome-distributed-training, micro-benchmarks/nccl-tests/README.md, results of all_reduce_perf (read 2026-11-26)"
)
_PCS_PAGE = "awsome-distributed-ai, architectures/aws-pcs/tests/README.md, verified configurations (read 2026-11-26)"
_PLUGIN = "aws-ofi-nccl v1.21.1, src/platform-aws.cpp, gdr_required"


class Mark(Struct, frozen=True):
    """What two nodes of a type reached in all_reduce_perf.

    Attributes:
        by_size: The bus bandwidth in GB/s, out of place, by the size in bytes.
        source: Who measured it.
    """

    by_size: Mapping[int, float]
    source: str

    def at(self, size: int) -> tuple[int, float] | None:
        """Return the mark of the greatest size up to this one: bandwidth grows with the size. None below all."""
        sizes = [marked for marked in self.by_size if marked <= size]
        return (max(sizes), self.by_size[max(sizes)]) if sizes else None


_P4DE = {GIB // 4: 69.89, GIB // 2: 74.28, GIB: 76.79, 2 * GIB: 78.33}
_P5 = {GIB // 4: 342.81, GIB // 2: 393.34, GIB: 436.95, 2 * GIB: 443.72} | {
    4 * GIB: 465.87,
    8 * GIB: 479.28,
    16 * GIB: 487.09,
}

MARKS: Final[Mapping[str, Mark]] = {
    "p4de.24xlarge": Mark(_P4DE, _NCCL_TESTS_PAGE),
    "p5.48xlarge": Mark(_P5, _NCCL_TESTS_PAGE),
    "p6-b200.48xlarge": Mark({16 * GIB: 654}, _PCS_PAGE),
    "p6-b300.48xlarge": Mark({16 * GIB: 760}, _PCS_PAGE),
}
"""Marks by instance type, for two nodes."""

# The first that matches counts, as in the plugin's own table.
_GPUDIRECT: Final = (
    (r"p3dn\.24xlarge|p5\.4xlarge|g5\.48xlarge|g7e\.8xlarge", False),
    (r"p4de?\.24xlarge|p[5-9].*|p\d\d.*|g7e\.(12|24|48)xlarge", True),
)


def uses_gpudirect(instance_type: str) -> tuple[bool | None, str]:
    """Return whether EFA reads and writes the GPUs' memory itself on this type, None if not known, and the source."""
    for pattern, used in _GPUDIRECT:
        if re.fullmatch(pattern, instance_type):
            return used, _PLUGIN
    return None, _PLUGIN


def line_rate(instance_type: InstanceType) -> float | None:
    """Return what a node's network carries in one direction, in GB/s, or None where it is not known."""
    megabits = instance_type.labels.get(vocabulary.INSTANCE_NETWORK_BANDWIDTH)
    return int(megabits) / 8000 if megabits else None
