"""What is wrong with the manifests taken together: each module holds the checks of one concern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.preflight.stack import applying, capacity, efa, landing, machines, mofed, pods

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.preflight.finding import Finding
    from cdk8s_eks_gpu.preflight.world import World

_CHECKS = (landing.check, efa.check, mofed.check, capacity.check, machines.check, applying.check, pods.check)


def judge_stack(world: World) -> Iterator[Finding]:
    """Yield what is wrong with the objects taken together."""
    for check in _CHECKS:
        yield from check(world)
