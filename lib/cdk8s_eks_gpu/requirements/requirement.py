"""One requirement on one label: a set of values, written down as its members or as its non-members."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.errors import RequirementError
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.requirements.labels import normalized

if TYPE_CHECKING:
    from collections.abc import Callable

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_MAX_INT = 2**63 - 1  # Karpenter reads bounds and the values it compares with them as Go's int
_SHOWN_VALUES = 5


class Operator(StrEnum):
    """How a label is compared with values; Kubernetes has the first six, Karpenter all (CRD v1.14.1)."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GT = "Gt"
    LT = "Lt"
    GTE = "Gte"
    LTE = "Lte"


_BOUNDS = {Operator.GT: 1, Operator.GTE: 0, Operator.LT: -1, Operator.LTE: 0}
"""What turns each bound into an inclusive one."""


class Selector(Struct, frozen=True):
    """A requirement in the form in which a NodeClaim writes it down.

    Attributes:
        key: The label's key.
        operator: One of In, NotIn, Exists, DoesNotExist, Gte and Lte; the other bounds have become these.
        values: The values, sorted.
        min_values: How many different values must stay possible, or None.
    """

    key: str
    operator: Operator
    values: tuple[str, ...] = ()
    min_values: int | None = None


class Requirement(Struct, frozen=True):
    """The values that a label may have, as Karpenter's scheduler sees them (core at v1.14.1).

    Closed under `&`. A value is allowed if it is among `values` (or not among them, for a complement) and within the
    bounds; once there are bounds, only integers are. `DoesNotExist` is the empty set.

    Attributes:
        key: The label's key, with Kubernetes' beta names replaced by today's.
        complement: Whether `values` are the ones that are refused.
        values: The values that are named.
        gte: The inclusive lower bound, only for complements.
        lte: The inclusive upper bound, only for complements.
        min_values: How many different values must stay possible, or None.
    """

    key: str
    complement: bool
    values: frozenset[str] = frozenset()
    gte: int | None = None
    lte: int | None = None
    min_values: int | None = None

    @classmethod
    def of(cls, key: str, operator: Operator | str, *values: str, min_values: int | None = None) -> Requirement:
        """Return the requirement that a manifest writes as key, operator and values.

        Raises:
            RequirementError: The operator is unknown, or a bound has not exactly one integer.
        """
        try:
            operator = Operator(operator)
        except ValueError:
            known = [known.value for known in Operator]
            raise RequirementError(
                f"operator {operator!r} is none of {', '.join(known)}{did_you_mean(str(operator), known)}"
            ) from None
        key = normalized(key)
        if operator in {Operator.IN, Operator.NOT_IN}:
            return cls(key, operator is Operator.NOT_IN, frozenset(values), min_values=min_values)
        if operator in {Operator.EXISTS, Operator.DOES_NOT_EXIST}:
            return cls(key, operator is Operator.EXISTS, min_values=min_values)
        bound = as_integer(values[0]) if len(values) == 1 else None
        if bound is None:
            raise RequirementError(f"operator {operator.value} takes one integer, not {list(values)}")
        if operator is Operator.GT and bound == _MAX_INT:  # nothing is greater, and Karpenter forgets minValues here
            return cls(key, complement=False)
        bound += _BOUNDS[operator]
        if operator in {Operator.GT, Operator.GTE}:
            return cls(key, complement=True, gte=bound, min_values=min_values)
        return cls(key, complement=True, lte=bound, min_values=min_values)

    @property
    def operator(self) -> Operator:
        """In, NotIn, Exists or DoesNotExist: what is left when bounds are disregarded, as Karpenter does."""
        if self.complement:
            return Operator.NOT_IN if self.values else Operator.EXISTS
        return Operator.IN if self.values else Operator.DOES_NOT_EXIST

    @property
    def refuses(self) -> bool:
        """Whether the operator is NotIn or DoesNotExist, which a node without the label satisfies."""
        return self.complement == bool(self.values)

    def __len__(self) -> int:
        """Return how many values are allowed; a complement counts down from the largest int of Go."""
        return _MAX_INT - len(self.values) if self.complement else len(self.values)

    def __bool__(self) -> bool:
        """Return True: a requirement is there, however many values it allows."""
        return True

    def __contains__(self, value: str) -> bool:
        """Return whether the label may have the value."""
        return (value in self.values) != self.complement and _within(value, self.gte, self.lte)

    def __and__(self, other: Requirement) -> Requirement:
        """Return the requirement that allows what both allow. It keeps the key of the left side."""
        gte, lte, min_values = _tighter(self, other)
        if gte is not None and lte is not None and gte > lte:
            return Requirement(self.key, complement=False, min_values=min_values)
        if self.complement and other.complement:
            values = self.values | other.values
        elif self.complement:
            values = other.values - self.values
        elif other.complement:
            values = self.values - other.values
        else:
            values = self.values & other.values
        if gte is not None or lte is not None:
            values = frozenset(value for value in values if _within(value, gte, lte))
        if self.complement and other.complement:
            return Requirement(self.key, True, values, gte, lte, min_values)  # noqa: FBT003 -- the dataclass's order
        return Requirement(self.key, complement=False, values=values, min_values=min_values)

    def intersects(self, other: Requirement) -> bool:
        """Return whether some value is allowed by both.

        Two complements always intersect unless their bounds cross, as in Karpenter, which does not count what is left
        between two bounds.
        """
        gte, lte, _ = _tighter(self, other)
        if gte is not None and lte is not None and gte > lte:
            return False
        if self.complement and other.complement:
            return True
        finite, rest = (other, self) if self.complement else (self, other)
        return any((value in rest.values) != rest.complement and _within(value, gte, lte) for value in finite.values)

    def any(self) -> str:
        """Return one allowed value, or an empty text where there is none; always the same for equal requirements.

        Karpenter draws the value at random. For a complement, which has no largest value, it is the smallest integer
        that is not negative, within the bounds and not refused.
        """
        if not self.complement:
            return min(self.values, default="")
        candidate = max(self.gte or 0, 0) if self.lte is None or self.lte >= 0 else self.lte
        while str(candidate) in self.values:
            candidate += 1
        return str(candidate) if self.lte is None or candidate <= self.lte else ""

    def selectors(self) -> tuple[Selector, ...]:
        """Return the requirement as NodeClaims write it: one selector, or two where both bounds are set."""
        bounds = [(Operator.GTE, self.gte), (Operator.LTE, self.lte)]
        written = tuple(
            Selector(self.key, operator, (str(bound),), self.min_values)
            for operator, bound in bounds
            if bound is not None
        )
        return written or (Selector(self.key, self.operator, tuple(sorted(self.values)), self.min_values),)

    def __str__(self) -> str:
        """Return it as Karpenter prints it: `key In [a b]`, `key Exists >=2 <=8`, at most five values."""
        parts = [self.key, self.operator.value]
        if self.values:
            shown = sorted(self.values)[:_SHOWN_VALUES]
            if len(self.values) > _SHOWN_VALUES:
                shown.append(f"and {len(self.values) - _SHOWN_VALUES} others")
            parts.append(f"[{' '.join(shown)}]")
        if self.gte is not None:
            parts.append(f">={self.gte}")
        if self.lte is not None:
            parts.append(f"<={self.lte}")
        if self.min_values is not None:
            parts.append(f"minValues {self.min_values}")
        return " ".join(parts)


def as_integer(text: str) -> int | None:
    """Return what Go's strconv.Atoi reads, or None where it fails: no spaces, no underscores, 64 bits."""
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if -_MAX_INT - 1 <= number <= _MAX_INT else None


def _within(value: str, gte: int | None, lte: int | None) -> bool:
    if gte is None and lte is None:
        return True
    number = as_integer(value)
    return number is not None and (gte is None or number >= gte) and (lte is None or number <= lte)


def _tighter(requirement: Requirement, other: Requirement) -> tuple[int | None, int | None, int | None]:
    """Return the tighter lower bound, upper bound and minValues of the two."""
    return (
        _pick(max, requirement.gte, other.gte),
        _pick(min, requirement.lte, other.lte),
        _pick(max, requirement.min_values, other.min_values),
    )


def _pick(choose: Callable[[int, int], int], bound: int | None, other: int | None) -> int | None:
    if bound is None or other is None:
        return other if bound is None else bound
    return choose(bound, other)
