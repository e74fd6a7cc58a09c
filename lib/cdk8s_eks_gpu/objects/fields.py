"""Options -> plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.metadata import ObjectMetadata


def plain(value: Any) -> Any:  # noqa: ANN401 -- any part of the options, or of a manifest that is made of them
    """Return the value as dicts, lists, strings and numbers, with Kubernetes' names and without what is None.

    The same as pydantic's `model_dump`, which would first build a serializer for each model: 16 ms in all.
    """
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, BaseModel):
        named = {
            field.alias: plain(child)
            for name, field in type(value).model_fields.items()
            if (child := getattr(value, name)) is not None
        }
        return {**named, **plain(value.model_extra)} if value.model_extra else named
    if isinstance(value, Mapping):
        return {key: plain(child) for key, child in value.items() if child is not None}
    return [plain(child) for child in value]


def object_metadata(name: str, options: ObjectMetadata) -> dict[str, Any]:
    """Return the metadata of an object, without labels and annotations that are empty: cdk8s leaves those out too."""
    return {"name": name} | {key: value for key, value in plain(options).items() if value}
