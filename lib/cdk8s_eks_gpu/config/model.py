"""What all option models share: frozen, no unknown keys, Kubernetes' spelling in YAML and Python's in Python."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
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
        strict=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


def placed(problems: Sequence[tuple[tuple[str | int, ...], str]]) -> PydanticCustomError:
    """Return an error for what a model finds wrong with several of its fields: a path below the model, and a message.

    The reader of the file turns it into a problem for each path.
    """
    text = "; ".join(": ".join([*([".".join(map(str, path))] if path else []), message]) for path, message in problems)
    return PydanticCustomError("placed", "{text}", {"text": text, "problems": list(problems)})
