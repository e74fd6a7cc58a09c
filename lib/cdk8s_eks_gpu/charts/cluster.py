"""What a configuration needs of the plugins' charts beyond what comes with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cdk8s_eks_gpu.charts.plugins import PLUGINS
from cdk8s_eks_gpu.charts.shapes import shipped_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.plugin_chart import PluginChart
    from cdk8s_eks_gpu.charts.render import Renderer
    from cdk8s_eks_gpu.config.cluster import ClusterConfig


class Need(NamedTuple):
    """A shape that does not come with the package."""

    plugin: PluginChart
    version: str
    values: Mapping[str, JsonValue]


def needs(config: ClusterConfig) -> Iterator[Need]:
    """Yield what the configuration needs Helm for: values of the user's own, and versions that are not shipped."""
    for option, plugin in PLUGINS.items():
        options = getattr(config.plugins, option)
        if options is not None and (options.values or options.version not in shipped_versions(plugin)):
            yield Need(plugin, options.version, options.values)


def record_plugins(config: ClusterConfig, renderer: Callable[[], Renderer]) -> list[Path]:
    """Record what the configuration needs; return the files.

    Raises:
        ChartError: There is no Helm, or a chart cannot be had or rendered. What was recorded before stays.
    """
    wanted = list(needs(config))
    into = renderer() if wanted else None
    return [into.record(*need)[1] for need in wanted] if into else []
