"""Which workload goes to which pool, as a drawing: workloads on the left, pools on the right, lines between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.explain import Answer

MOST_BOXES, MOST_LINES = 40, 80
"""The most boxes in a column, and lines: beyond that, they cannot be followed by eye, and there is no drawing."""
_NAMED = 3  # pools
_LONGEST_NAME = 38  # characters that fit in a box
_STEP, _HEIGHT = 40, 28  # from box to box, and of one box, in the drawing's units

Line = Literal["hosts", "waits", "fails"]


class Box(Struct, frozen=True):
    """A workload or a pool.

    Attributes:
        name: Its name in full.
        text: What fits in the box.
        y: The upper edge of the box.
        style: What it is: `daemon`, `pod`, `pool` or `unknown`, a pool that is not evaluated.
    """

    name: str
    text: str
    y: int
    style: str

    @property
    def middle(self) -> int:
        """Where lines begin and end."""
        return self.y + _HEIGHT // 2


class Link(Struct, frozen=True):
    """That a pool's nodes can host a workload.

    Attributes:
        workload: Where the line begins.
        pool: Where it ends.
        style: `hosts`; `waits` where the nodes first need a label that something sets; `fails` where types fit, and
            `check` has errors about the nodes.
        title: What it says, in words.
    """

    workload: Box
    pool: Box
    style: Line
    title: str


class Placement(Struct, frozen=True):
    """The drawing.

    Attributes:
        workloads: The boxes on the left.
        pools: The boxes on the right.
        links: The lines between them.
    """

    workloads: tuple[Box, ...]
    pools: tuple[Box, ...]
    links: tuple[Link, ...]

    def pools_of(self, workload: str) -> str:
        """Say which pools can host the workload of that name: a few by name, many by their number."""
        pools = [link.pool.name for link in self.links if link.workload.name == workload and link.style != "fails"]
        return (
            ", ".join(pools)
            if 0 < len(pools) <= _NAMED
            else f"{len(pools) or 'no'} pool{'' if len(pools) == 1 else 's'}"
        )

    @property
    def has_failures(self) -> bool:
        """Whether there is a line to a pool about whose nodes `check` has errors."""
        return any(link.style == "fails" for link in self.links)

    @property
    def height(self) -> int:
        """The height of the drawing."""
        return max(len(self.workloads), len(self.pools)) * _STEP

    @property
    def fits(self) -> bool:
        """Whether a drawing can be read."""
        return 0 < max(len(self.workloads), len(self.pools)) <= MOST_BOXES and len(self.links) <= MOST_LINES


def placement(answer: Answer) -> Placement:
    """Return the drawing of an answer."""
    height = max(len(answer.workloads), len(answer.pools)) * _STEP
    workloads = _column(
        {each.name: "daemon" if each.workload.is_daemon else "pod" for each in answer.workloads}, height
    )
    of_pools = {each.pool.title: "unknown" if each.pool.not_evaluated else "pool" for each in answer.pools}
    pools = _column(of_pools, height)
    links = []
    for each in answer.workloads:
        for pool, fit in each.fits.items():
            if fit.types:
                of = len(fit.types) + len(fit.rejected)
                title = f"{each.name} on {pool}: {len(fit.types)} of {of} instance types"
                if fit.awaited_labels:
                    title += f", once a node has the label {' or '.join(fit.awaited_labels)}"
                style: Line = "waits" if fit.awaited_labels else "hosts"
                if pool in each.errors:
                    style = "fails"
                    title += f", but check has errors about its nodes: {', '.join(each.errors[pool])}"
                links.append(Link(workloads[each.name], pools[pool], style, title))
    return Placement(tuple(workloads.values()), tuple(pools.values()), tuple(links))


def _column(styles: Mapping[str, str], height: int) -> dict[str, Box]:
    """Return a box for each name, evenly down the drawing."""
    step = height // max(len(styles), 1)
    return {
        name: Box(name, _shortened(name), place * step + (step - _HEIGHT) // 2, style)
        for place, (name, style) in enumerate(styles.items())
    }


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
