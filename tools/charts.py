"""Record the plugins' charts for the store that comes with the package.

`python tools/charts.py` records every version in it again, `python tools/charts.py nvidia-device-plugin 0.21.0` one
more. Archives come from where `eks-gpu charts` takes them from (EKS_GPU_CHART_DIR, EKS_GPU_CHART_MIRROR). Needs Helm 4.
"""

import sys
from typing import Any

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.plugin_chart import PluginChart
from cdk8s_eks_gpu.charts.plugins import PLUGINS
from cdk8s_eks_gpu.charts.render import Renderer
from cdk8s_eks_gpu.charts.shapes import AS_IN, object_key, shipped_versions
from cdk8s_eks_gpu.charts.sources import Sources

Known = dict[tuple[str, ...], list[tuple[str, dict[str, Any]]]]


def main(*wanted: str) -> None:
    """Record the versions."""
    charts = {plugin.name: plugin for plugin in PLUGINS.values()}
    renderer = Renderer(Helm(), store.FOLDER, Sources.from_environment(), _say)
    for name in wanted[:1] or charts:
        known: Known = {}
        for version in wanted[1:] or reversed(shipped_versions(charts[name])):
            if wanted:
                known = _known(name)
            _record(renderer, charts[name], version, known)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _record(renderer: Renderer, plugin: PluginChart, version: str, known: Known) -> None:
    """Write the shape, with a reference in the place of each object that an earlier version has as well."""
    shape, archive = renderer.shape(plugin, version, {})
    data = shape.to_data()
    entries = []
    for entry in data["objects"]:
        key = object_key(entry)
        earlier = next((found for found, manifest in known.get(key, ()) if manifest == entry["manifest"]), None)
        if earlier is None:
            known.setdefault(key, []).append((version, entry["manifest"]))
            entries.append(entry)
        else:
            entries.append({"variants": entry["variants"], AS_IN: earlier, "name": key[0]})
    pin = pins.Pin(plugin.repository, plugin.name, version, archive)
    store.save(store.FOLDER, pins.chart_stem(plugin.name, version), pin, data | {"objects": entries})


def _known(chart: str) -> Known:
    """Return the objects that the store has whole, by the versions that have them."""
    known: Known = {}
    for name in store.renderings(store.FOLDER):
        data = store.read(store.FOLDER, name) or {}
        if data.get("chart") == chart:
            for entry in data["objects"]:
                if AS_IN not in entry:
                    known.setdefault(object_key(entry), []).append((data["version"], entry["manifest"]))
    return known


if __name__ == "__main__":
    main(*sys.argv[1:])
