"""What all option models share: frozen, no unknown keys, Kubernetes' spelling in YAML and Python's in Python."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

_ACRONYMS = {"cfs": "CFS", "dns": "DNS", "gc": "GC", "id": "ID", "ip": "IP", "ipv6": "IPv6"}


def to_kubernetes_name(name: str) -> str:
    """Return the field's name as Kubernetes spells it: `kms_key_id` becomes `kmsKeyID`."""
    first, *rest = name.split("_")
    return first + "".join(_ACRONYMS.get(part, part.capitalize()) for part in rest)


class Options(BaseModel):
    """Base of every option model.

    Fields are written in camelCase in `cluster.yaml` and in snake_case in Python.
    """

    model_config = ConfigDict(
        alias_generator=to_kubernetes_name,
        defer_build=True,
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_empty_values(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 -- any field's input
        # In Python, None is how a caller leaves an option out. In YAML, `nvidia:` with nothing behind it is a slip.
        if value is None and info.mode == "json":
            raise PydanticCustomError("empty", "has no value: write {} for the defaults, or remove the key")
        return value
