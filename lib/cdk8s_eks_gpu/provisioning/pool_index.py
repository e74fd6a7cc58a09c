"""Which pools can have the labels that a pod selects, without asking each pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Operator, Requirement, Requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class PoolIndex:
    """Pools by the labels that only some of them define: their names, and labels of their own."""

    def __init__(self, pools: Iterable[Requirements]) -> None:
        """Take what each pool asks of its nodes' labels; pools are known by their places."""
        self._count = 0
        self._by_value: dict[tuple[str, str], list[int]] = {}
        # Pools that have a label without saying which of a few values.
        self._by_key: dict[str, list[int]] = {}
        for place, requirements in enumerate(pools):
            self._count += 1
            for requirement in requirements.values():
                if requirement.operator is not Operator.IN:
                    self._by_key.setdefault(requirement.key, []).append(place)
                elif _is_own(requirement):
                    for value in requirement.values:
                        self._by_value.setdefault((requirement.key, value), []).append(place)

    def candidates(self, terms: Iterable[Requirements]) -> Sequence[int]:
        """Return the places of the pools that the labels do not rule out at once, in their order."""
        places: set[int] = set()
        for term in terms:
            own = next((each for each in term.values() if each.operator is Operator.IN and _is_own(each)), None)
            if own is None:
                return range(self._count)
            for value in own.values:
                places.update(self._by_value.get((own.key, value), ()))
            places.update(self._by_key.get(own.key, ()))
        return sorted(places)


def _is_own(requirement: Requirement) -> bool:
    """Return whether the label is one that only a pool can define; those of EKS Auto Mode its nodes have anyway."""
    if requirement.key == vocabulary.NODE_POOL:
        return True
    return requirement.key not in WELL_KNOWN_LABELS and not requirement.key.startswith(vocabulary.OF_OTHER_NODES)
