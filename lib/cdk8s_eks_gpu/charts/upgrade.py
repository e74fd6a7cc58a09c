"""A device plugin's chart at another version: in the configuration file, pinned and rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.plugins import plugin_releases
from cdk8s_eks_gpu.charts.release import file_name
from cdk8s_eks_gpu.config.load import load_cluster, parse_cluster
from cdk8s_eks_gpu.errors import ChartError
from cdk8s_eks_gpu.manifests.single_document import read_document

if TYPE_CHECKING:
    from pathlib import Path

    from cdk8s_eks_gpu.charts.render import Renderer
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions

PLUGINS = {"nvidia-device-plugin": "nvidia", "aws-efa-k8s-device-plugin": "efa"}


def upgrade(config: Path, chart: str, version: str, renderer: Renderer) -> Path:
    """Render the plugin at the version, then write the version into the configuration and drop the old rendering.

    Only the version's own characters change in the file: comments and order stay. Nothing changes if rendering fails.

    Returns:
        The file of the new rendering.

    Raises:
        ChartError: The configuration does not install that chart or names no version for it, or it cannot be rendered.
    """
    old = _release(plugin_releases(load_cluster(config)), chart)
    text = config.read_bytes().decode()  # as it is, with the ends of lines that it has
    place = read_document(text, str(config)).span(("plugins", PLUGINS[chart], "version"))
    if place is None:
        raise ChartError(
            f"{config}: plugins.{PLUGINS[chart]} names no version: write `version: {old.version}` there first"
        )
    changed = text[: place[0]] + version + text[place[1] :]
    new = _release(plugin_releases(parse_cluster(changed, str(config))), chart)
    file = renderer.render(new)
    config.write_bytes(changed.encode())
    if old != new:
        _drop(old, renderer.target)
    return file


def _release(releases: list[HelmReleaseOptions], chart: str) -> HelmReleaseOptions:
    for release in releases:
        if release.chart == chart:
            return release
    raise ChartError(f"the configuration does not install '{chart}' (it installs: {', '.join(_names(releases))})")


def _names(releases: list[HelmReleaseOptions]) -> list[str]:
    return [release.chart for release in releases] or ["nothing"]


def _drop(release: HelmReleaseOptions, target: Path) -> None:
    """Remove the rendering from the store, and the pin of its chart if no other rendering is of that version."""
    pin = pins.find(target, release.repository, release.chart, release.version)
    if pin is None:
        return
    (target / file_name(release, pin.sha256)).unlink(missing_ok=True)
    if not store.renderings_of(target, pin):
        (target / pin.file_name).unlink()
