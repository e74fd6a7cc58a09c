"""`eks-gpu charts upgrade`: what another version of a chart changes in objects, then in the configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.charts.cluster import needs
from cdk8s_eks_gpu.charts.difference import differences
from cdk8s_eks_gpu.charts.plugins import PLUGINS
from cdk8s_eks_gpu.charts.shapes import load_shape
from cdk8s_eks_gpu.charts.store import project_store
from cdk8s_eks_gpu.config.load import load_cluster, parse_cluster
from cdk8s_eks_gpu.errors import ChartError
from cdk8s_eks_gpu.manifests.single_document import read_document
from cdk8s_eks_gpu.objects.device_plugins import device_plugins
from cdk8s_eks_gpu.objects.stack import with_cluster_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdk8s_eks_gpu.charts.render import Renderer


class Upgrade(Struct, frozen=True):
    """A configuration file that names another version of a plugin's chart.

    Attributes:
        config: The file.
        content: What it will hold: only the version's own characters change, comments and order stay.
        changes: What changes in the plugin's objects, a line each.
    """

    config: Path
    content: bytes
    changes: tuple[str, ...]

    def write(self) -> None:
        """Write the file."""
        self.config.write_bytes(self.content)


def upgrade(config: Path, chart: str, version: str, renderer: Callable[[], Renderer]) -> Upgrade:
    """Return what the plugin's chart at the version would change, up or down. The file stays as it is.

    What Helm has to render for that goes into the store; nothing is deleted, since other files may use it.

    Raises:
        ChartError: The configuration does not install that chart or names no version for it, or it cannot be rendered.
    """
    before = load_cluster(config)
    installed = {plugin.name: option for option, plugin in PLUGINS.items() if getattr(before.plugins, option)}
    if chart not in installed:
        names = ", ".join(installed) or "nothing"
        raise ChartError(f"the configuration does not install '{chart}' (it installs: {names})")
    text = config.read_bytes().decode()  # as it is, with the ends of lines that it has
    place = read_document(text, str(config)).span(("plugins", installed[chart], "version"))
    if place is None:
        old = getattr(before.plugins, installed[chart]).version
        raise ChartError(f"{config}: plugins.{installed[chart]} names no version: write `version: {old}` there first")
    changed = text[: place[0]] + version + text[place[1] :]
    after, store = parse_cluster(changed, str(config)), project_store(config)
    for cluster in (before, after):
        for need in needs(cluster):
            if need.plugin.name == chart and load_shape(store, *need) is None:
                renderer().record(*need)
    old, new = (device_plugins(with_cluster_settings(cluster), store)[chart] for cluster in (before, after))
    return Upgrade(config, changed.encode(), tuple(differences(old, new)))
