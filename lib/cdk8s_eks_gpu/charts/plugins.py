"""The objects of the two device plugins: options in, manifests out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

from cdk8s_eks_gpu.charts.efa import efa_values
from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.namespaces import namespace_of
from cdk8s_eks_gpu.charts.nvidia import nvidia_values
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.on_demand import shape_of
from cdk8s_eks_gpu.charts.values import value_paths
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.plugin_chart import PluginChart
    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
    from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions

    Options = NvidiaDevicePluginOptions | EfaDevicePluginOptions


PLUGINS: Final = {"nvidia": NVIDIA, "efa": EFA}
"""The charts by the names that their options have in `plugins`."""


class Images(TypedDict):
    """Where a cluster takes images from."""

    image_registry: str | None
    image_pull_secrets: Sequence[str]


def nvidia_objects(
    options: NvidiaDevicePluginOptions,
    *,
    image_registry: str | None = None,
    image_pull_secrets: Sequence[str] = (),
    efa: bool = False,
    store: Path | None = None,
) -> list[dict[str, Any]]:
    """Return the objects of NVIDIA's device plugin, the Namespace first if it is to be made.

    Args:
        options: What the plugin should do.
        image_registry: The registry to take images from whose repository the options do not name.
        image_pull_secrets: The secrets that the images' registries ask for, unless the options name others.
        efa: Whether the EFA plugin is installed beside it.
        store: Where the project keeps its own renderings; None looks from the working directory up.

    Raises:
        RenderingMissingError: The chart's version is not shipped or the options have `values`, and Helm never
            rendered that; the message names the command.
        ChartError: A value is set both in `values` and by an option.
    """
    typed = nvidia_values(options, image_registry, image_pull_secrets=image_pull_secrets, efa=efa)
    _refuse_values_set_twice(NVIDIA, options, nvidia_values(options))
    return _objects(NVIDIA, options, typed, store)


def efa_objects(
    options: EfaDevicePluginOptions,
    *,
    region: str | None = None,
    image_registry: str | None = None,
    image_pull_secrets: Sequence[str] = (),
    store: Path | None = None,
) -> list[dict[str, Any]]:
    """Return the objects of the EFA device plugin, the Namespace first if it is to be made.

    Args:
        options: What the plugin should do.
        region: The cluster's region, whose EKS registry has the image; None leaves the chart's, in us-west-2.
        image_registry: A registry to take the image from instead, unless the options name its repository.
        image_pull_secrets: The secrets that the image's registry asks for, unless the options name others.
        store: Where the project keeps its own renderings; None looks from the working directory up.

    Raises:
        RenderingMissingError: As `nvidia_objects`.
        ChartError: As `nvidia_objects`, or the region's registry is not known.
    """
    typed = efa_values(options, region=region, image_registry=image_registry, image_pull_secrets=image_pull_secrets)
    _refuse_values_set_twice(EFA, options, efa_values(options))
    return _objects(EFA, options, typed, store)


def cluster_plugin_objects(config: ClusterConfig, store: Path | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the objects of the device plugins that the configuration installs, by the names of their charts.

    Raises:
        RenderingMissingError: As `nvidia_objects`.
        ChartError: As `efa_objects`.
    """
    cluster, nvidia, efa = config.cluster, config.plugins.nvidia, config.plugins.efa
    images: Images = {"image_registry": cluster.image_registry, "image_pull_secrets": cluster.image_pull_secrets}
    found = {}
    if nvidia is not None:
        found[NVIDIA.name] = nvidia_objects(nvidia, efa=efa is not None, store=store, **images)
    if efa is not None:
        if nvidia is not None and nvidia.namespace == efa.namespace:
            efa = efa.model_copy(update={"create_namespace": False})
        found[EFA.name] = efa_objects(efa, region=cluster.region, store=store, **images)
    return found


def _objects(
    plugin: PluginChart,
    options: Options,
    typed: Mapping[str, JsonValue],
    store: Path | None,
) -> list[dict[str, Any]]:
    shape = shape_of(plugin, options.version, options.values, store)
    manifests = plugin.manifests(shape, typed, release=options.release, namespace=options.namespace)
    return [*namespace_of(options), *manifests]


def _refuse_values_set_twice(plugin: PluginChart, options: Options, typed: Mapping[str, JsonValue]) -> None:
    """Raise ChartError where `values` has something that an option makes as well, unless only by its default."""
    defaulted = {path for path, name in plugin.defaulted.items() if name not in options.model_fields_set}
    chosen = [path for path in value_paths(typed) if path not in defaulted]
    for path in value_paths(options.values):
        for other in chosen:
            length = 1 if path[0] in plugin.whole else min(len(path), len(other))
            if path[:length] == other[:length]:
                raise ChartError(
                    f"plugins: values.{'.'.join(path)} of {plugin.name} is what an option of the plugin sets too "
                    f"({'.'.join(other)}): keep the option, or leave it out and keep the value"
                )
