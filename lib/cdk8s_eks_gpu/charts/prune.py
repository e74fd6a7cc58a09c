"""Renderings that no configuration file uses any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.cluster import needs
from cdk8s_eks_gpu.charts.plugins import PLUGINS
from cdk8s_eks_gpu.charts.shapes import shape_key, shipped_versions
from cdk8s_eks_gpu.config.load import load_cluster

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


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
