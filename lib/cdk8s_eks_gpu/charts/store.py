"""Where renderings and the lock lie: the project's own folder first, then the one that comes with the wheel."""

from __future__ import annotations

import json
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts.release import file_name, inputs
from cdk8s_eks_gpu.errors import ChartError, RenderingMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions

PACKAGE = "cdk8s_eks_gpu_charts"
PROJECT_STORE = Path("imports", PACKAGE)
LOCK = "lock.json"


def load(release: HelmReleaseOptions) -> list[dict[str, Any]]:
    """Return the manifests that the release renders to, without Helm and without network.

    Raises:
        RenderingMissingError: It was never rendered with these values, or its chart is not in the lock.
        ChartError: The stored file is damaged.
    """
    for store in _stores():
        sha256 = read_lock(store).get(_lock_key(release))
        file = store / file_name(release, sha256) if sha256 else None
        if file is not None and file.is_file():
            try:
                manifests: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["manifests"]
            except (ValueError, KeyError, TypeError):
                raise ChartError(f"{file} is damaged: remove it and run `eks-gpu charts render`") from None
            return manifests
    raise RenderingMissingError(
        f"{release.chart} {release.version} was never rendered for release '{release.release}' in namespace "
        f"'{release.namespace}' with these values and Kubernetes {release.kubernetes_version}: run `eks-gpu charts "
        f"render` once, where Helm 4 is installed, and commit {PROJECT_STORE}/"
    )


def save(store: Path, release: HelmReleaseOptions, sha256: str, manifests: list[dict[str, Any]]) -> Path:
    """Write the rendering of the release into the store, whole or not at all, and pin its chart in the lock."""
    file = store / file_name(release, sha256)
    _write(file, {"inputs": inputs(release, sha256), "manifests": manifests})
    lock = read_lock(store) | {_lock_key(release): sha256}
    entries = [
        {"repository": repository, "name": name, "version": version, "sha256": digest}
        for (repository, name, version), digest in sorted(lock.items())
    ]
    _write(store / LOCK, {"charts": entries})
    return file


def locked_digest(store: Path, release: HelmReleaseOptions) -> str | None:
    """Return the sha256 that the store pins the chart's archive to, or None if it is new to it."""
    return read_lock(store).get(_lock_key(release))


def read_lock(store: Path | Traversable) -> dict[tuple[str, str, str], str]:
    """Return the sha256 of each chart in the store's lock, by repository, name and version.

    Raises:
        ChartError: The lock is damaged.
    """
    file = store / LOCK
    if not file.is_file():
        return {}
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))["charts"]
        return {(entry["repository"], entry["name"], entry["version"]): entry["sha256"] for entry in entries}
    except (ValueError, KeyError, TypeError):
        raise ChartError(f"{file} is damaged: bring back its last good version from git") from None


def _lock_key(release: HelmReleaseOptions) -> tuple[str, str, str]:
    return (release.repository, release.chart, release.version)


def _stores() -> Iterator[Path | Traversable]:
    if PROJECT_STORE.is_dir():
        yield PROJECT_STORE
    yield files(PACKAGE)


def _write(file: Path, data: object) -> None:
    """Replace the file in one step, so that whoever reads it at the same time sees the old or the new one whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="utf-8", delete=False) as temporary:
        json.dump(data, temporary, indent=1, ensure_ascii=False)
        temporary.write("\n")
    whole = Path(temporary.name)
    whole.chmod(0o644)
    whole.replace(file)
