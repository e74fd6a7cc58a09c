"""A shape: the objects that a plugin's chart renders to, with slots where typed options go; and shapes in the store.

A shape is recorded once, with Helm. From then on, options become objects by filling it: without Helm, for every
release, namespace and Kubernetes version. It is found by chart, version and the user's own values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field, to_builtins

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.release import RULES, key_of
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.plugin_chart import PluginChart


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


AS_IN = "as_in"
"""In the place of an object: the version of the chart whose shape has the very same one."""


def shape_key(values: Mapping[str, JsonValue], archive: str) -> str:
    """Return what tells shapes of one version apart: nothing without values of the user's own."""
    return key_of({"values": dict(values), "sha256": archive, "rules": RULES}) if values else ""


def load_shape(project: Path, plugin: PluginChart, version: str, values: Mapping[str, JsonValue]) -> Shape | None:
    """Return the shape of the chart with the user's values in it, or None if it was never recorded.

    Raises:
        ChartError: A file of the store is damaged, or was changed by hand.
    """
    found = store.find(project, plugin.repository, plugin.name, version, lambda archive: shape_key(values, archive))
    if found is None:
        return None
    folder, data = found
    return Shape.from_data(data | {"objects": _whole(data["objects"], folder, plugin.name)})


def shipped_versions(plugin: PluginChart) -> list[str]:
    """Return the versions of the chart that need no Helm, the newest first."""
    prefix = pins.chart_stem(plugin.name, "")
    names = [
        file.name.removesuffix(".json") for file in store.shipped_store().iterdir() if file.name.startswith(prefix)
    ]
    versions = {name.removeprefix(prefix) for name in names if not name.endswith(".lock") and not store.is_keyed(name)}
    return sorted(versions, key=_by_number, reverse=True)


def save_shape(target: Path, plugin: PluginChart, shape: Shape, archive: str) -> Path:
    """Store a shape; return its file.

    Raises:
        ChartError: The store cannot be written.
    """
    pin = pins.Pin(plugin.repository, shape.chart, shape.version, archive)
    name = store.stem(shape.chart, shape.version, shape_key(shape.values, archive))
    return store.save(target, name, pin, shape.to_data())


def object_key(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what an object is found by in the shape of another version."""
    name = entry.get("name") or f"{entry['manifest']['kind']}/{entry['manifest']['metadata']['name']}"
    return (name, *entry["variants"])


def _whole(entries: Any, folder: Path | Traversable, chart: str) -> list[dict[str, Any]]:  # noqa: ANN401 -- as stored
    """Return the objects with those in place that lie in the shapes of other versions."""
    others: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {}
    whole = []
    for entry in entries:
        version = entry.get(AS_IN)
        if version is not None and version not in others:
            other = store.read(folder, pins.chart_stem(chart, version))
            if other is None:
                raise ChartError(f"{folder} lacks the objects of {chart} {version}: bring them back from git")
            others[version] = {object_key(each): each for each in other["objects"] if AS_IN not in each}
        whole.append(entry if version is None else others[version][object_key(entry)])
    return whole


def _by_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").split("-")[0].split(".") if part.isdigit())
