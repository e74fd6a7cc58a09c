"""The charts of the two device plugins: values of typed options in, manifests out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.on_demand import shape_of
from cdk8s_eks_gpu.charts.values import value_paths
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.plugin_chart import PluginChart
    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
    from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions


PLUGINS: Final = {"nvidia": NVIDIA, "efa": EFA}
"""The charts by the names that their options have in `plugins`."""


def plugin_manifests(
    plugin: PluginChart,
    options: NvidiaDevicePluginOptions | EfaDevicePluginOptions,
    typed: Mapping[str, JsonValue],
    store: Path | None = None,
) -> list[dict[str, Any]]:
    """Return what Helm would render, without Helm.

    Args:
        plugin: The chart.
        options: The release, its namespace, the chart's version and `values`.
        typed: The chart values that all other options, and the cluster's settings, stand for.
        store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

    Raises:
        RenderingMissingError: The chart's version is not shipped or the options have `values`, and Helm never
            rendered that; the message names the command.
        ChartError: A file of the store is damaged, or the chart cannot be rendered.
    """
    shape = shape_of(plugin, options.version, options.values, store)
    return plugin.manifests(shape, typed, release=options.release, namespace=options.namespace)


def refuse_values_set_twice(
    plugin: PluginChart,
    options: NvidiaDevicePluginOptions | EfaDevicePluginOptions,
    typed: Mapping[str, JsonValue],
) -> None:
    """Raise ChartError where `values` has something that an option makes as well, unless only by its default."""
    defaulted = {path for path, name in plugin.defaulted.items() if name not in options.model_fields_set}
    chosen = [path for path in value_paths(typed) if path not in defaulted]
    for path in value_paths(options.values):
        for other in chosen:
            length = 1 if path[0] in plugin.whole else min(len(path), len(other))
            if path[:length] == other[:length]:
                message = (
                    f"values.{'.'.join(path)} of {plugin.name} is what an option of the plugin sets too "
                    f"({'.'.join(other)}): keep the option, or leave it out and keep the value"
                )
                raise ChartError(message, plugin.name, "values")
