"""Kubernetes' resource quantities, such as `500m`, `1.5Gi` and `2e3`, as exact decimals."""

from __future__ import annotations

import re
from decimal import ROUND_UP, Context, Decimal
from functools import lru_cache

from cdk8s_eks_gpu.errors import QuantityError

# The digits may be missing altogether: Kubernetes reads `Gi` as nothing of it.
_FORM = re.compile(r"([+-]?)([0-9]*\.?[0-9]*)(?:[eE]([+-]?[0-9]+)|([A-Za-z]*))", re.ASCII)
_SUFFIXES = {
    "": Decimal(1),
    **{
        suffix: Decimal(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{prefix}i": Decimal(1024) ** power for power, prefix in enumerate("KMGTPE", start=1)},
}
_LARGEST = Decimal(2**63 - 1)
_SMALLEST = Decimal("1e-9")
_EXACT = Context(prec=1_000)
_MAX_EXPONENT = 900  # beyond what any digits below could bring back into range, and within the precision above
_MAX_LENGTH = 64


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> Decimal:
    """Return the quantity in its base unit: cores, bytes or a count.

    As in Kubernetes (apimachinery's `resource.ParseQuantity`), what is finer than a billionth is rounded away from
    zero, and what is larger than 2^63 - 1 becomes that. Spaces around it do not count.

    Raises:
        QuantityError: The text is no quantity; the message says why.
    """
    bare = text.strip()
    match = _FORM.fullmatch(bare) if 0 < len(bare) <= _MAX_LENGTH else None
    if match is None or not (match[2] or match[4] is None or match[4] in _SUFFIXES):
        raise QuantityError(f"{text!r} is no quantity: {_reason(text)}")
    sign, digits, exponent, suffix = match.groups()
    if exponent is not None:
        scale = Decimal(10) ** max(-_MAX_EXPONENT, min(_MAX_EXPONENT, int(exponent)))
    elif suffix in _SUFFIXES:
        scale = _SUFFIXES[suffix]
    else:
        raise QuantityError(f"{text!r} is no quantity: unknown unit {suffix!r}{_similar_unit(suffix)}")
    amount = _EXACT.multiply(Decimal(digits if digits.strip(".") else 0), scale)
    rounded = min(amount, _LARGEST).quantize(_SMALLEST, ROUND_UP, _EXACT).normalize(_EXACT)
    return -rounded if sign == "-" else rounded


def quantity_of(value: object) -> Decimal | None:
    """Return a quantity, written as text or as a number, in its base unit; None where it is none."""
    try:
        return parse_quantity(str(value))
    except QuantityError:
        return None


def format_quantity(amount: Decimal) -> str:
    """Return the amount as Kubernetes would write it for a reader: `7910m`, `14103Mi`, `8`."""
    if amount != amount.to_integral_value():
        return f"{amount * 1000:f}".rstrip("0").rstrip(".") + "m"
    number = int(amount)
    for suffix in ("Ti", "Gi", "Mi", "Ki"):
        unit = int(_SUFFIXES[suffix])
        if number and number % unit == 0:
            return f"{number // unit}{suffix}"
    return str(number)


def _reason(text: str) -> str:
    if not text.strip():
        return "it is empty"
    if len(text) > _MAX_LENGTH:
        return f"it is longer than {_MAX_LENGTH} characters"
    if any(character.isspace() for character in text):
        return "it holds a space"
    return "it is not a number followed by at most one unit"


def _similar_unit(suffix: str) -> str:
    wanted = suffix.casefold().removesuffix("b")
    units = [unit for unit in _SUFFIXES if unit and unit.casefold() == wanted]
    return (
        f"; did you mean {' or '.join(map(repr, units))}?"
        if units
        else f"; known are {' '.join(filter(None, _SUFFIXES))}"
    )
