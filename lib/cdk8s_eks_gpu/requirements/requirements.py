"""Requirements on several labels at once, and whether what one side asks for can be met by the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.hints import hint
from cdk8s_eks_gpu.requirements.labels import RESTRICTED_LABELS, likely_meant
from cdk8s_eks_gpu.requirements.requirement import Operator, Requirement, Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet


class Conflict(Struct, frozen=True, eq=False, dict=True):
    """Why requirements cannot be met.

    Attributes:
        incoming: What is asked for.
        existing: What is there, or None where the label is not defined at all.
        known: The label keys that could have been meant.
    """

    incoming: Requirement
    existing: Requirement | None = None
    known: tuple[AbstractSet[str], ...] = ()

    @cached_property
    def hint(self) -> str | None:
        """The label key that was probably meant, or None; sought when it is asked for, since that takes its time."""
        return likely_meant(self.incoming.key, [key for keys in self.known for key in sorted(keys)])

    def __str__(self) -> str:
        """Return the conflict as one line."""
        if self.existing is not None:
            return f"{self.incoming} is not met by {self.existing}"
        return f"label {self.incoming.key!r} is not defined{hint(self.hint)}"


class Requirements(Mapping[str, Requirement]):
    """An immutable conjunction of requirements: one for each label key, several on one key intersected.

    `get(key)` of a key that is not there is None, as for any mapping; `allowed(key)` then gives `Exists`.
    """

    __slots__ = ("_by_key",)

    def __init__(self, requirements: Iterable[Requirement] = ()) -> None:
        """Intersect the requirements of each key."""
        by_key: dict[str, Requirement] = {}
        for requirement in requirements:
            existing = by_key.get(requirement.key)
            by_key[requirement.key] = requirement if existing is None else requirement & existing
        self._by_key = by_key

    @classmethod
    def of_labels(cls, labels: Mapping[str, str]) -> Requirements:
        """Return the requirements that a node with these labels, or a nodeSelector of them, stands for."""
        return cls(Requirement.of(key, Operator.IN, value) for key, value in labels.items())

    def __getitem__(self, key: str) -> Requirement:
        """Return the requirement on the label key."""
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the label keys, in the order in which they first came."""
        return iter(self._by_key)

    def __len__(self) -> int:
        """Return how many label keys have a requirement."""
        return len(self._by_key)

    def __hash__(self) -> int:
        """Return a hash that does not depend on the order."""
        return hash(frozenset(self._by_key.values()))

    def __eq__(self, other: object) -> bool:
        """Return whether both have the same requirement on the same keys."""
        return isinstance(other, Requirements) and self._by_key == other._by_key

    def __and__(self, other: Requirements) -> Requirements:
        """Return the requirements of both."""
        return Requirements((*self.values(), *other.values()))

    def __repr__(self) -> str:
        """Return the requirements as text."""
        return f"Requirements({self})"

    def __str__(self) -> str:
        """Return the requirements sorted, as Karpenter prints them."""
        return ", ".join(sorted(str(each) for each in self.values() if each.key not in RESTRICTED_LABELS))

    def allowed(self, key: str) -> Requirement:
        """Return the requirement on the label key, or that it exists where there is none."""
        return self._by_key.get(key) or Requirement(key, complement=True)

    def selectors(self) -> list[Selector]:
        """Return the requirements as a NodeClaim writes them."""
        return [selector for requirement in self.values() for selector in requirement.selectors()]

    def intersects(self, incoming: Requirements) -> tuple[Conflict, ...]:
        """Return the conflicts of the keys that both sides have; none where what is asked for can be met.

        Two sides that both merely refuse (NotIn, DoesNotExist) agree: a node without the label satisfies them.
        """
        few, many = (self, incoming) if len(self) <= len(incoming) else (incoming, self)
        conflicts = []
        for key in few:
            if key in many:
                existing, asked = self[key], incoming[key]
                if not existing.intersects(asked) and not (asked.refuses and existing.refuses):
                    conflicts.append(Conflict(asked, existing))
        return tuple(conflicts)

    def compatible(
        self, incoming: Requirements, *, allow_undefined: AbstractSet[str] = frozenset()
    ) -> tuple[Conflict, ...]:
        """Return why the incoming requirements cannot be met by a node with these; none where they can.

        A label that this side does not define is denied, unless the incoming side refuses it (NotIn, DoesNotExist) or
        it is one of `allow_undefined`: for a pod on a node to come, Karpenter passes the well-known labels there.
        A label that is denied is reported alone, as in Karpenter.
        """
        for key, asked in incoming.items():
            if key not in self and key not in allow_undefined and not asked.refuses:
                return (Conflict(asked, known=(allow_undefined, self.keys())),)
        return self.intersects(incoming)
