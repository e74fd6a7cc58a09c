"""Recording a shape: Helm renders the chart with slots for values, and what comes out is proven before it is used."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from cdk8s_eks_gpu.charts.difference import differences
from cdk8s_eks_gpu.charts.manifests import safe_manifests
from cdk8s_eks_gpu.charts.shapes import Shape, ShapeObject
from cdk8s_eks_gpu.charts.slots import DIGEST, NULL, slot, slot_name
from cdk8s_eks_gpu.charts.values import merged, nested, value_at
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.archive import Chart
    from cdk8s_eks_gpu.charts.helm import Helm, Rendered
    from cdk8s_eks_gpu.charts.plugin_chart import PluginChart

KUBERNETES: Final = ("1.30", "1.37")
"""The versions that a chart is recorded with. Both must give the same: a shape is for every version."""

_DIGEST = re.compile("[0-9a-f]{64}")
_RELEASE, _NAMESPACE = "eks-gpu-release", "eks-gpu-namespace"


class Recorder:
    """Records the shapes of one chart's archive."""

    def __init__(self, helm: Helm, plugin: PluginChart, chart: Chart, archive: Path) -> None:
        """Take what all renderings need."""
        self._helm = helm
        self._plugin = plugin
        self._chart = chart
        self._archive = archive
        self._list_slots = {
            str(mark[0]): slot(".".join(path)) for path, mark in plugin.marks.items() if isinstance(mark, list)
        }

    def record(self, values: Mapping[str, JsonValue]) -> Shape:
        """Return the shape of the chart with the user's values in it.

        Raises:
            ChartError: Helm cannot render it, or what slots give is not what Helm gives.
        """
        plain = {variant: self._rendered(merged(own, values)) for variant, own in self._variants(values)}
        defaults = self._defaults([manifest for rendered in plain.values() for manifest in rendered.manifests])
        texts: dict[str, str] = {}
        objects: list[ShapeObject] = []
        for variant, own in self._variants(values):
            marked = self._rendered(merged(own, self._marks(), values))
            place = 0
            for manifest, without in zip(marked.manifests, plain[variant].manifests, strict=True):
                slotted = self._slotted(_with_digests(manifest, marked.texts, texts))
                place = _add(objects, place, variant, _with_nulls(slotted, without))
        texts = {name: self._slotted_text(text) for name, text in texts.items()}
        shape = Shape(
            self._chart.name, self._chart.version, self._chart.app_version, values, defaults, texts, tuple(objects)
        )
        for _, own in self._variants(values):
            self._prove(shape, own)
            self._prove(shape, merged(own, self._plugin.sample))
        return shape

    def _prove(self, shape: Shape, typed: Mapping[str, JsonValue]) -> None:
        """Hold the shape against Helm: with the values that typed options make, both must give the same objects.

        Raises:
            ChartError: They do not.
        """
        filled = self._plugin.manifests(shape, typed, release=_RELEASE, namespace=_NAMESPACE)
        for version in KUBERNETES:
            rendered = self._rendered(merged(typed, shape.values), version).manifests
            if filled != rendered:
                different = next(differences(rendered, filled), "the order of the objects")
                raise ChartError(
                    f"{shape.chart} {shape.version}: options do not become what Helm renders for Kubernetes {version}: "
                    f"{different}"
                )

    def _variants(self, values: Mapping[str, JsonValue]) -> Iterator[tuple[str, dict[str, JsonValue]]]:
        own_keys = self._plugin.whole & values.keys()
        for variant, own in self._plugin.variants.items():
            yield variant, {key: value for key, value in own.items() if key not in own_keys}

    def _marks(self) -> dict[str, JsonValue]:
        """Return the slots as values, and nothing of the chart's own maps in the place of slots for maps."""
        values: dict[str, JsonValue] = {}
        for path, mark in self._plugin.marks.items():
            own = value_at(self._chart.values, path)
            if isinstance(mark, dict) and mark and isinstance(own, dict):
                mark = dict.fromkeys(own) | mark  # noqa: PLW2901 -- null takes a key of the chart away
            values = merged(values, nested(path, mark))
        for name, (path, _) in self._plugin.full_names.items():
            values = merged(values, nested((*path, "fullnameOverride"), slot(name)))
        return values

    def _defaults(self, plain: list[dict[str, Any]]) -> dict[str, JsonValue]:
        """Return the chart's own values in the places of slots; a tag left empty is the one that it renders to."""
        found: dict[str, JsonValue] = {}
        for path in self._plugin.marks:
            value = value_at(self._chart.values, path)
            if path[-2:] == ("image", "tag") and not value:
                value = _tag_of(value_at(self._chart.values, (*path[:-1], "repository")), plain)
            if value is not None and value not in ("", {}, []):
                found = merged(found, nested(path, value))
        return found

    def _rendered(self, values: Mapping[str, JsonValue], kubernetes: str = KUBERNETES[0]) -> Rendered:
        rendered = self._helm.template(
            self._archive, release=_RELEASE, namespace=_NAMESPACE, kubernetes_version=kubernetes, layers=[values]
        )
        return rendered._replace(manifests=safe_manifests(rendered.manifests, _NAMESPACE))

    def _slotted(self, node: Any) -> Any:  # noqa: ANN401 -- any part of a manifest
        """Return the node with slots for the release, the namespace and all that is derived."""
        if isinstance(node, dict):
            slotted = {key: self._slotted(value) for key, value in node.items()}
            if slot_name(next(iter(node), None)) and len(node) == 1 and next(iter(node.values())) == "":
                return next(iter(node))
            if str(node.get("helm.sh/chart", "")).startswith(self._chart.name):
                slotted["app.kubernetes.io/version"] = slot("appVersion")
            for derived in self._plugin.derived:
                if all(node.get(key) == value for key, value in derived.pairs.items()):
                    slotted[derived.key] = slot(derived.slot)
            return slotted
        if isinstance(node, list):
            items = [self._list_slots.get(str(item)) or self._slotted(item) for item in node]
            return items[0] if len(items) == 1 and slot_name(items[0]) else items
        if isinstance(node, str):
            return self._slotted_text(node)
        return node

    def _slotted_text(self, text: str) -> str:
        chart, app = f"{self._chart.name}-{self._chart.version}", 'app.kubernetes.io/version: "{}"'
        configurations = f"  {slot('config.map')}: |-\n    {slot('config.map')}"
        replaced = {
            _RELEASE: slot("release"),
            _NAMESPACE: slot("namespace"),
            chart: chart.removesuffix(self._chart.version) + slot("version"),
            configurations: slot("config.text"),
            app.format(self._chart.app_version): app.format(slot("appVersion")),
        }
        for old, new in replaced.items():
            text = text.replace(old, new)
        return text


def _add(objects: list[ShapeObject], place: int, variant: str, manifest: dict[str, Any]) -> int:
    """Add the object at the place, unless another variant has it behind there; return the place for the next."""
    for index, known in enumerate(objects[place:], place):
        if known.manifest == manifest:
            objects[index] = ShapeObject((*known.variants, variant), manifest)
            return index + 1
    objects.insert(place, ShapeObject((variant,), manifest))
    return place + 1


def _with_digests(node: Any, rendered: Mapping[str, str], found: dict[str, str]) -> Any:  # noqa: ANN401 -- any part of a manifest
    """Return the manifest with slots for digests of rendered texts, and put those texts into `found`."""
    if isinstance(node, dict):
        return {key: _with_digests(value, rendered, found) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_digests(item, rendered, found) for item in node]
    if isinstance(node, str) and _DIGEST.fullmatch(node):
        for name, text in _as_templates_write(rendered):
            if sha256(text.encode()).hexdigest() == node:
                found[name] = text
                return slot(DIGEST + name)
    return node


def _as_templates_write(rendered: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the texts with and without the empty lines around them, which Helm does not print."""
    for name, text in rendered.items():
        for before in ("", "\n"):
            for after in ("", "\n"):
                yield name, f"{before}{text}{after}"


def _with_nulls(marked: Any, plain: Any) -> Any:  # noqa: ANN401 -- any part of a manifest
    """Return the manifest, noting the slots that are null where nothing fills them."""
    if isinstance(marked, dict) and isinstance(plain, dict):
        return {
            key: slot((slot_name(value) or "") + NULL)
            if slot_name(value) and key in plain and plain[key] is None
            else _with_nulls(value, plain.get(key))
            for key, value in marked.items()
        }
    if isinstance(marked, list) and isinstance(plain, list):
        by_name = {item["name"]: item for item in plain if isinstance(item, dict) and "name" in item}
        return [_with_nulls(item, by_name.get(item.get("name")) if isinstance(item, dict) else None) for item in marked]
    return marked


def _tag_of(repository: JsonValue, node: Any) -> str | None:  # noqa: ANN401 -- any part of a manifest
    """Return the tag of the image of that repository, from wherever it stands."""
    if isinstance(node, str):
        return node.removeprefix(f"{repository}:") if node.startswith(f"{repository}:") else None
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return next(filter(None, (_tag_of(repository, child) for child in children)), None)
