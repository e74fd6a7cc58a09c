"""Release -> rendering in the store: pull or take the archive, check its digest, run Helm, make it safe, store it."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts import store
from cdk8s_eks_gpu.charts.manifests import safe_manifests
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from cdk8s_eks_gpu.charts.helm import Helm
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions


def render(release: HelmReleaseOptions, helm: Helm, target: Path, chart_folder: Path | None = None) -> Path:
    """Render the release and store it in the folder `target`; return the stored file.

    Args:
        release: What to render.
        helm: The Helm to render with.
        target: The store. Its lock pins the chart; a chart that is new to it is pinned to the digest it has now.
        chart_folder: A folder of chart archives to take instead of asking the repository.

    Raises:
        ChartError: The archive cannot be had, is not the one that the lock pins, or cannot be rendered. The store stays
            as it was.
    """
    with tempfile.TemporaryDirectory() as download:
        archive = _local(release, chart_folder) if chart_folder else helm.pull(release, Path(download))
        sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        pinned = store.locked_digest(target, release)
        if pinned not in (None, sha256):
            raise ChartError(
                f"{archive.name} of {release.repository} is not the archive that {target / store.LOCK} pins: its "
                f"sha256 is {sha256}, pinned is {pinned}. Somebody changed it: find out who, before you trust it"
            )
        manifests = safe_manifests(helm.template(release, archive), release.namespace)
    return store.save(target, release, sha256, manifests)


def _local(release: HelmReleaseOptions, folder: Path) -> Path:
    archive = folder / f"{release.chart}-{release.version}.tgz"
    if not archive.is_file():
        raise ChartError(f"{archive} is not there: download it, or leave out --chart-dir to ask {release.repository}")
    return archive
