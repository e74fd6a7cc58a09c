"""What was rendered, for synthesis: from the store, or rendered now where that is allowed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts import store
from cdk8s_eks_gpu.charts.release import inputs, key_of
from cdk8s_eks_gpu.charts.shapes import Shape, load_shape, shipped_versions
from cdk8s_eks_gpu.errors import ChartError, RenderingMissingError
from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.plugin_chart import PluginChart
    from cdk8s_eks_gpu.charts.render import Renderer
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions


MODE = "EKS_GPU_CHARTS"
FROZEN = "frozen"
"""With this value of the variable, nothing is ever rendered at synthesis, also where there is a Helm."""

HELP = (
    "Helm 4 has to render that once. In a clone: `make helm` (Linux on x86-64), then "
    "`HELM=.cache/bin/helm .venv/bin/eks-gpu charts render`. With the wheel: install Helm 4 "
    "(https://helm.sh/docs/intro/install; Linux, macOS and Windows, x86-64 and arm64), then `eks-gpu charts render`; "
    "both take `--config FILE`. Commit what it writes"
)


def load_or_render(release: HelmReleaseOptions, project: Path | None = None) -> list[dict[str, Any]]:
    """Return the manifests of the release from the store; render it into the project's store if it never was.

    Raises:
        RenderingMissingError: It never was, and there is no Helm or rendering is forbidden.
        ChartError: A file of the store is damaged, or the release cannot be rendered.
    """
    project = project or store.project_store()
    found = load(release, project)
    if found is not None:
        return found
    missing = (
        f"{release.chart} {release.version} was never rendered for release '{release.release}' in namespace "
        f"'{release.namespace}' with these values and Kubernetes {release.kubernetes_version}. Helm 4 has to do that "
        f"once: run your app where it is installed, and commit {project}/"
    )
    _say(f"commit {_renderer(project, missing).render(release)}")
    return load(release, project) or []


def load(release: HelmReleaseOptions, project: Path) -> list[dict[str, Any]] | None:
    """Return the manifests of the release from the store, or None if it was never rendered.

    Raises:
        ChartError: A file of the store is damaged, or was changed by hand.
    """
    chart = (release.repository, release.chart, release.version)
    found = store.find(project, *chart, lambda archive: key_of(inputs(release, archive)))
    return None if found is None else found[1]["manifests"]


def shape_of(plugin: PluginChart, version: str, values: Mapping[str, JsonValue], project: Path | None = None) -> Shape:
    """Return the shape of the plugin's chart; record it in the project's store if it never was.

    Raises:
        RenderingMissingError: It never was, and there is no Helm or rendering is forbidden.
        ChartError: A file of the store is damaged, or the chart cannot be rendered.
    """
    project = project or store.project_store()
    shape = load_shape(project, plugin, version, values)
    if shape is not None:
        return shape
    if values:
        missing = f"`values` of {plugin.name} {version} were never rendered. {HELP}"
    else:
        known = shipped_versions(plugin)
        missing = (
            f"{plugin.name} '{version}' is none of the versions that come with this package"
            f"{did_you_mean(version, known)} ({', '.join(known)}). {HELP}"
        )
    renderer = _renderer(project, missing, plugin.name, "values" if values else "version")
    shape, file = renderer.record(plugin, version, values)
    _say(f"commit {file}")
    return shape


def _renderer(project: Path, missing: str, chart: str = "", option: str = "") -> Renderer:
    if os.environ.get(MODE) == FROZEN:
        raise RenderingMissingError(f"{missing}. Here {MODE}={FROZEN} forbids it", chart, option)
    # Not imported above: synthesis takes no time for what it hardly ever needs.
    from cdk8s_eks_gpu.charts.helm import Helm  # noqa: PLC0415
    from cdk8s_eks_gpu.charts.render import Renderer  # noqa: PLC0415
    from cdk8s_eks_gpu.charts.sources import Sources  # noqa: PLC0415

    try:
        helm = Helm()
    except ChartError as error:
        raise RenderingMissingError(f"{missing}. Here: {error}", chart, option) from None
    return Renderer(helm, project, Sources.from_environment(), _say)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
