"""Charts into the store: fetch the archive, check its digest, run Helm, make it safe, store it."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.archive import Chart, read_chart
from cdk8s_eks_gpu.charts.manifests import safe_manifests
from cdk8s_eks_gpu.charts.record import Recorder
from cdk8s_eks_gpu.charts.release import inputs, key_of, layers
from cdk8s_eks_gpu.charts.shapes import Shape, save_shape
from cdk8s_eks_gpu.charts.sources import ChartReference, Sources
from cdk8s_eks_gpu.charts.store import write_json
from cdk8s_eks_gpu.charts.unknown_values import refuse_unknown_values
from cdk8s_eks_gpu.charts.values import merged
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.helm import Helm
    from cdk8s_eks_gpu.charts.plugin_chart import PluginChart
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions


class _Archive(NamedTuple):
    path: Path
    sha256: str
    chart: Chart


class Renderer:
    """Renders charts into a store.

    Every method raises ChartError if an archive cannot be had, is not the one that is pinned, or cannot be rendered.
    The store then stays as it was.
    """

    def __init__(self, helm: Helm, target: Path, sources: Sources, say: Callable[[str], None]) -> None:
        """Take what all renderings need.

        Args:
            helm: The Helm to render with.
            target: The store.
            sources: Where archives come from.
            say: Told what is being done, a line each.
        """
        self._helm = helm
        self.target = target
        self._sources = sources
        self._say = say

    def render(self, release: HelmReleaseOptions) -> Path:
        """Store what the release renders to, pin its chart if it is new to the store, and return the stored file."""
        manifests, sha256 = self.manifests(release)
        decided_by = inputs(release, sha256)
        name = store.stem(release.chart, release.version, key_of(decided_by))
        pin = pins.Pin(release.repository, release.chart, release.version, sha256)
        return store.save(self.target, name, pin, {"inputs": decided_by, "manifests": manifests})

    def manifests(self, release: HelmReleaseOptions) -> tuple[list[dict[str, Any]], str]:
        """Return what the release renders to, and the digest of its chart's archive, without storing anything."""
        with self._archive(ChartReference.of(release.repository, release.chart, release.version)) as archive:
            values = layers(release)
            refuse_unknown_values(archive.chart, merged(*values))
            self._say(f"rendering {release.chart} {release.version}")
            rendered = self._helm.template(
                archive.path,
                release=release.release,
                namespace=release.namespace,
                kubernetes_version=release.kubernetes_version,
                layers=values,
            )
            return safe_manifests(rendered.manifests, release.namespace), archive.sha256

    def record(self, plugin: PluginChart, version: str, values: Mapping[str, JsonValue]) -> tuple[Shape, Path]:
        """Store the shape of a plugin's chart with the user's values in it; return it and its file."""
        shape, sha256 = self.shape(plugin, version, values)
        return shape, save_shape(self.target, plugin, shape, sha256)

    def shape(self, plugin: PluginChart, version: str, values: Mapping[str, JsonValue]) -> tuple[Shape, str]:
        """Return the shape of a plugin's chart, and the digest of its archive, without storing anything."""
        with self._archive(ChartReference.of(plugin.repository, plugin.name, version)) as archive:
            refuse_unknown_values(archive.chart, values)
            self._say(f"rendering {plugin.name} {version}")
            return Recorder(self._helm, plugin, archive.chart, archive.path).record(values), archive.sha256

    def pin(self, reference: ChartReference) -> pins.Pin:
        """Pin the chart to the archive that its repository has now, without rendering it."""
        with self._archive(reference) as archive:
            name = pins.chart_stem(reference.name, reference.version)
            pin = pins.read(self.target, name) or pins.Pin(*reference, archive.sha256)
        write_json({pins.lock_file(self.target, name): pins.to_data(pin)})
        return pin

    @contextmanager
    def _archive(self, reference: ChartReference) -> Iterator[_Archive]:
        pin = pins.find(self.target, *reference)
        self._say(f"fetching {reference.name} {reference.version}")
        with tempfile.TemporaryDirectory() as folder:
            path = self._sources.fetch(reference, self._helm, Path(folder))
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            if pin is not None and pin.sha256 != sha256:
                raise ChartError(
                    f"{reference.name} {reference.version} of {reference.repository} is not the archive that is "
                    f"pinned: its sha256 is {sha256}, pinned is {pin.sha256}. It was changed: find out by whom, "
                    "before you trust it"
                )
            yield _Archive(path, sha256, read_chart(path, reference.name))
