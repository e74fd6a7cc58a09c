"""Where renderings lie: the project's own folder first, then the one that comes with the wheel."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts import pins
from cdk8s_eks_gpu.charts.files import write_json
from cdk8s_eks_gpu.charts.release import file_name, file_pattern, inputs
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions

PACKAGE = "cdk8s_eks_gpu_charts"
PROJECT_STORE = Path("imports", PACKAGE)


def load(release: HelmReleaseOptions) -> list[dict[str, Any]] | None:
    """Return the manifests that the release renders to, without Helm and without network; None if it never was.

    Raises:
        ChartError: A file of the store is damaged.
    """
    for store in _stores():
        pin = pins.find(store, release.repository, release.chart, release.version)
        file = store / file_name(release, pin.sha256) if pin else None
        if file is not None and file.is_file():
            try:
                manifests: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["manifests"]
            except (ValueError, KeyError, TypeError):
                raise ChartError(f"{file} is damaged: remove it and run `eks-gpu charts render`") from None
            return manifests
    return None


def rendering(release: HelmReleaseOptions, sha256: str, manifests: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is stored of a rendering: all that decided it, and the manifests."""
    return {"inputs": inputs(release, sha256), "manifests": manifests}


def save(store: Path, release: HelmReleaseOptions, sha256: str, manifests: list[dict[str, Any]]) -> Path:
    """Store a rendering and the pin of its chart; return the rendering's file.

    Raises:
        ChartError: The store cannot be written. What it held before stays.
    """
    file = store / file_name(release, sha256)
    write_json(file, rendering(release, sha256, manifests))
    pins.save(store, pins.Pin(release.repository, release.chart, release.version, sha256))
    return file


def renderings_of(store: Path, pin: pins.Pin) -> list[Path]:
    """Return the files of the renderings of one version of a chart."""
    return sorted(store.glob(file_pattern(pin.name, pin.version)))


def renderings(store: Path) -> list[Path]:
    """Return the files of all renderings in the store, in the order of their names."""
    return sorted(file for file in store.glob("*.json") if not file.name.endswith(pins.SUFFIX))


def _stores() -> Iterator[Path | Traversable]:
    if PROJECT_STORE.is_dir():
        yield PROJECT_STORE
    yield files(PACKAGE)
