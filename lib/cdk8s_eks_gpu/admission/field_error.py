"""What is wrong with one field, in the words of the API server (`field.Error` of kubernetes/apimachinery)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk8s_eks_gpu.findings import Rule
    from cdk8s_eks_gpu.manifests import Path

REQUIRED = "Required value"
INVALID = "Invalid value"
UNSUPPORTED = "Unsupported value"
DUPLICATE = "Duplicate value"
NOT_FOUND = "Not found"
FORBIDDEN = "Forbidden"
TOO_LONG = "Too long"
TOO_MANY = "Too many"

# The API server shows the value with these.
_WITH_VALUE = frozenset({INVALID, UNSUPPORTED, DUPLICATE, NOT_FOUND})
_LONGEST_VALUE = 80


class FieldError(Struct, frozen=True):
    """What is wrong at one path of an object.

    Attributes:
        rule: The rule that is broken.
        path: Where: as Kubernetes reports it, so an absent field is named itself.
        problem: What kind of error it is, such as `Invalid value`; empty where the detail says it all.
        value: The value there, None for an absent one.
        detail: What is asked for.
        fix: What to do about it, where it is known more exactly than the rule knows it.
        blocks_rules: Whether CEL rules that see the value cannot be evaluated in earnest.
    """

    rule: Rule
    path: Path
    problem: str
    value: Any = None
    detail: str = ""
    fix: str | None = None
    blocks_rules: bool = False

    def below(self, *path: str | int) -> FieldError:
        """Return the same error of a value that stands at the path."""
        return replace(self, path=(*path, *self.path))

    def message(self, *, secret: bool = False) -> str:
        """Return the error as a sentence; a secret value is left out."""
        parts = [self.problem] if self.problem else []
        if self.problem in _WITH_VALUE and isinstance(self.value, str | int | float):
            parts.append("(hidden)" if secret else _quoted(self.value))
        parts += [self.detail] if self.detail else []
        text = ": ".join(parts)
        return text if text.endswith((".", "?")) else f"{text}."


def _quoted(value: str | float) -> str:
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        value = f"{value[:_LONGEST_VALUE]}…"
    return json.dumps(value, ensure_ascii=False)


def supported_values(values: Iterable[object]) -> str:
    """Return the detail of an unsupported value."""
    return f"supported values: {', '.join(map(json.dumps, values))}"
