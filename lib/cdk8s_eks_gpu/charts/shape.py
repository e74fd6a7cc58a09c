"""A shape: the objects that a plugin's chart renders to, with slots where typed options go.

A shape is recorded once, with Helm. From then on, options become objects by filling it: without Helm, for every
release, namespace and Kubernetes version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field, to_builtins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue


class Shape(Struct, frozen=True):
    """What a chart at one version renders to, whatever the typed options.

    Attributes:
        chart: The chart's name.
        version: The chart's version.
        app_version: The version of the program that the chart installs.
        values: The user's own values, which are in the objects already.
        defaults: The chart's own values in the places of slots.
        texts: Texts of which the objects carry digests, with slots, by name.
        objects: The objects in Helm's order, each with the variants of the chart that have it.
    """

    chart: str
    version: str
    app_version: str
    values: Mapping[str, JsonValue] = field(default_factory=dict)
    defaults: Mapping[str, JsonValue] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[ShapeObject, ...] = ()

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Shape:
        """Return the shape that `to_data` made plain."""
        objects = tuple(ShapeObject(tuple(entry["variants"]), entry["manifest"]) for entry in data["objects"])
        return cls(**data | {"objects": objects})

    def to_data(self) -> dict[str, Any]:
        """Return the shape as plain data."""
        data: dict[str, Any] = to_builtins(self)
        return data

    def manifests(self, variant: str) -> list[dict[str, Any]]:
        """Return the objects of one variant of the chart, with slots."""
        return [entry.manifest for entry in self.objects if variant in entry.variants]


class ShapeObject(Struct, frozen=True):
    """An object of a shape.

    Attributes:
        variants: The variants of the chart that have the object.
        manifest: The object, with slots.
    """

    variants: tuple[str, ...]
    manifest: dict[str, Any]
