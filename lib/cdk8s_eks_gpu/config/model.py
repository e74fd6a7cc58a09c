"""What all option models share: frozen, no unknown keys, Kubernetes' spelling in YAML and Python's in Python."""

from pydantic import BaseModel, ConfigDict

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
