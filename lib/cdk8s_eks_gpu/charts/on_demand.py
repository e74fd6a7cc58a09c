"""The manifests of a release, for synthesis: from the store, or rendered now where that is allowed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts import store
from cdk8s_eks_gpu.errors import ChartError, RenderingMissingError

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions

MODE = "EKS_GPU_CHARTS"
FROZEN = "frozen"
"""With this value of the variable, nothing is ever rendered at synthesis, also where there is a Helm."""


def load_or_render(release: HelmReleaseOptions) -> list[dict[str, Any]]:
    """Return the manifests of the release from the store; render it into the project's store if it never was.

    Raises:
        RenderingMissingError: It never was, and there is no Helm or rendering is forbidden.
        ChartError: A file of the store is damaged, or the release cannot be rendered.
    """
    manifests = store.load(release)
    if manifests is not None:
        return manifests
    missing = (
        f"{release.chart} {release.version} was never rendered for release '{release.release}' in namespace "
        f"'{release.namespace}' with these values and Kubernetes {release.kubernetes_version}"
    )
    command = (
        f"run `eks-gpu charts render` (or your app) once, where Helm 4 is installed, and commit {store.PROJECT_STORE}/"
    )
    if os.environ.get(MODE) == FROZEN:
        raise RenderingMissingError(f"{missing}, and {MODE}={FROZEN} forbids it here: {command}")
    # Not imported above: synthesis takes no time for what it hardly ever needs.
    from cdk8s_eks_gpu.charts.helm import Helm  # noqa: PLC0415
    from cdk8s_eks_gpu.charts.render import Renderer  # noqa: PLC0415
    from cdk8s_eks_gpu.charts.sources import Sources  # noqa: PLC0415

    try:
        helm = Helm()
    except ChartError as error:
        raise RenderingMissingError(f"{missing}: {command}. Here: {error}") from None
    renderer = Renderer(helm, store.PROJECT_STORE, Sources.from_environment(), _say)
    _say(f"commit {renderer.render(release)}")
    return store.load(release) or []


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
