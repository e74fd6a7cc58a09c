"""Is the store in order: is each rendering what Helm makes of the chart now, and is each of them used?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.cluster import needs
from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.plugins import PLUGINS
from cdk8s_eks_gpu.charts.shapes import load_shape, shape_key, shipped_versions
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions
from cdk8s_eks_gpu.config.load import load_cluster
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cdk8s_eks_gpu.charts.render import Renderer


def check(renderer: Renderer) -> Iterator[str]:
    """Render everything in the renderer's store again and tell of each file that is not what comes out now.

    Raises:
        ChartError: An archive cannot be had, or a chart cannot be rendered.
    """
    target = renderer.target
    renderings = store.renderings(target)
    for name in renderings:
        try:
            data, pin = store.read(target, name) or {}, pins.read(target, name)
        except ChartError as error:
            yield str(error)
            continue
        if pin is not None and not _is_what_comes_out(renderer, pin, data):
            yield f"{name}.json is not what Helm renders now: run `eks-gpu charts render`, then `git diff`"
    for name, pin in pins.every(target):
        if not any(other.startswith(pins.chart_stem(pin.name, pin.version)) for other in renderings):
            yield f"{pin.name} {pin.version} is pinned, and nothing is rendered of it: remove {name}{pins.SUFFIX}"


def _is_what_comes_out(renderer: Renderer, pin: pins.Pin, data: dict[str, Any]) -> bool:
    for plugin in (NVIDIA, EFA):
        if "inputs" not in data and plugin.name == pin.name:
            stored = load_shape(renderer.target, plugin, pin.version, data["values"])
            return renderer.shape(plugin, pin.version, data["values"])[0] == stored
    return bool(renderer.manifests(_release(pin, data["inputs"]))[0] == data["manifests"])


def _release(pin: pins.Pin, inputs: dict[str, Any]) -> HelmReleaseOptions:
    return HelmReleaseOptions(
        repository=pin.repository,
        chart=pin.name,
        version=pin.version,
        release=inputs["release"],
        namespace=inputs["namespace"],
        kubernetes_version=inputs["kubernetesVersion"],
        values=inputs["values"],
    )


def unused(configs: Iterable[Path]) -> list[Path]:
    """Return the files of the plugins' renderings, in the stores of the configurations, that none of these uses.

    Raises:
        ConfigError: A configuration cannot be used.
        ChartError: A lock is damaged.
    """
    used: dict[Path, set[str]] = {}
    for config in configs:
        target = store.project_store(config)
        in_use = used.setdefault(target, set())
        for plugin, version, values in needs(load_cluster(config)):
            pin = pins.read(target, pins.chart_stem(plugin.name, version))
            if pin is not None:
                in_use |= {store.stem(plugin.name, version, key) for key in ("", shape_key(values, pin.sha256))}
    return [file for target, names in used.items() for file in _unused(target, names)]


def _unused(target: Path, used: set[str]) -> list[Path]:
    shipped = {
        pins.chart_stem(plugin.name, version) for plugin in PLUGINS.values() for version in shipped_versions(plugin)
    }
    ours = {plugin.name for plugin in PLUGINS.values()}
    found = []
    for name, pin in pins.every(target):
        lone = name in shipped and pin.rendering is None and not any(each.startswith(f"{name}-") for each in used)
        if pin.name in ours and name not in used and (name not in shipped or lone):
            found += [file for file in (target / f"{name}.json", target / f"{name}{pins.SUFFIX}") if file.is_file()]
    return found
