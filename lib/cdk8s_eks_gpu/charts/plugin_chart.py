"""A chart whose options are typed: what its shape has slots for, and how values fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.charts.slots import fill, slot
from cdk8s_eks_gpu.charts.values import ValuePath, merged, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.shapes import Shape


Values = dict[str, "JsonValue"]

_NAME_LENGTH = 63
"""Where charts cut off names, since a label's value may be no longer."""


class Derived(Struct, frozen=True):
    """A field that the chart makes of several values, or writes otherwise than the value stands.

    Attributes:
        slot: The slot that takes its place.
        key: The field.
        pairs: What the mapping with the field has when all slots' values are set, the field among it.
    """

    slot: str
    key: str
    pairs: Mapping[str, JsonValue]


class PluginChart(Struct, frozen=True):
    """A chart whose options are typed.

    Attributes:
        repository: The URL of its repository.
        name: Its name.
        full_names: The slots for the names that its objects' names begin with: where the values of the chart (or
            sub-chart) are that makes the name, and the chart's own name.
        marks: The values that typed options set, each with what stands for it when a shape is recorded: the slot
            itself, in a list or a map where the value is one.
        sample: A value for each of them, for proving a shape.
        derived: What of the objects follows from values otherwise than by standing there.
        variants: The values under which the chart has other objects, by the name of the variant.
        whole: Values, by their first key, that are the user's or the options', not a mixture.
        defaulted: Values that options set when the user does not say them, with the options' names.
        variant: Tells the variant that values ask for.
        rules: Makes the slots of what is derived from values.
    """

    repository: str
    name: str
    full_names: Mapping[str, tuple[ValuePath, str]]
    marks: Mapping[ValuePath, JsonValue]
    sample: Mapping[str, JsonValue]
    derived: tuple[Derived, ...]
    variants: Mapping[str, Mapping[str, JsonValue]]
    whole: frozenset[str]
    defaulted: Mapping[ValuePath, str]
    variant: Callable[[Values], str]
    rules: Callable[[Values], dict[str, Any]]

    def manifests(
        self, shape: Shape, typed: Mapping[str, JsonValue], *, release: str, namespace: str
    ) -> list[dict[str, Any]]:
        """Return the chart's objects with the values that typed options make, as Helm would render them.

        The shape's own values, which are the user's, win over those of options that the user left at their defaults.
        """
        values = merged(shape.defaults, typed, shape.values)
        slots: dict[str, Any] = {".".join(path): value_at(values, path) for path in self.marks}
        for name, (path, chart) in self.full_names.items():
            slots[name] = full_name(release, str(value_at(values, (*path, "nameOverride")) or chart))
        slots |= self.rules(values) | {"release": release, "namespace": namespace}
        slots |= {"version": shape.version, "appVersion": shape.app_version}
        return [_filled(manifest, slots, shape.texts) for manifest in shape.manifests(self.variant(values))]


def full_name(release: str, chart: str) -> str:
    """Return what charts call the whole of a release's name and their own: not said twice, and not too long."""
    return _short(release if chart in release else f"{release}-{chart}")


def _short(name: str) -> str:
    return name[:_NAME_LENGTH].removesuffix("-")


def _filled(manifest: dict[str, Any], slots: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Fill the slots, and cut off the name where the charts do: of their DaemonSets, not of sub-charts'."""
    filled = fill(manifest, slots, texts)
    if manifest["kind"] == "DaemonSet" and manifest["metadata"]["name"].startswith(slot("plugin")):
        filled["metadata"]["name"] = _short(filled["metadata"]["name"])
    return filled
