"""What a change of the manifests admits and drops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.explain.answer import Answer


class Change(Struct, frozen=True):
    """Instance types that come and go, each sorted by name."""

    added: tuple[str, ...]
    dropped: tuple[str, ...]


class Difference(Struct, frozen=True):
    """What changes from one answer to another; what stays as it is is left out.

    Attributes:
        pools: For each pool by name, the types that it admits.
        workloads: For each workload as `KIND/NAME in POOL`, the types that can host it.
    """

    pools: Mapping[str, Change]
    workloads: Mapping[str, Change]


def difference(before: Answer, after: Answer) -> Difference:
    """Return what changes from one answer to the other. A pool or workload that only one has admits nothing there."""
    return Difference(_changes(_by_pool(before), _by_pool(after)), _changes(_by_workload(before), _by_workload(after)))


def _by_pool(answer: Answer) -> dict[str, set[str]]:
    return {each.pool.title: {found.name for found in each.pool.types} for each in answer.pools}


def _by_workload(answer: Answer) -> dict[str, set[str]]:
    return {
        f"{workload.name} in {pool}": {found.name for found in fit.types}
        for workload in answer.workloads
        for pool, fit in workload.fits.items()
    }


def _changes(before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> dict[str, Change]:
    changes = {}
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name, set()), after.get(name, set())
        if old != new:
            changes[name] = Change(tuple(sorted(new - old)), tuple(sorted(old - new)))
    return changes
