"""Values of enums as Kubernetes writes them -> members of the generated enums."""

from __future__ import annotations

import re
from enum import Enum
from typing import TypeVar

E = TypeVar("E", bound=Enum)


def member(enum: type[E], value: str) -> E:
    """Return the member that cdk8s-cli made of the value: `NotIn` became NOT_IN, `efa-only` EFA_HYPHEN_ONLY."""
    return enum[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).replace("-", "_HYPHEN_").upper()]
