"""Release -> rendering in the store: fetch the archive, check its digest, run Helm, make it safe, store it."""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.files import to_json
from cdk8s_eks_gpu.charts.manifests import safe_manifests
from cdk8s_eks_gpu.charts.release import file_name
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk8s_eks_gpu.charts.helm import Helm
    from cdk8s_eks_gpu.charts.sources import Sources


class Renderer:
    """Renders releases into a store.

    Every method raises ChartError if an archive cannot be had, is not the one that is pinned, or cannot be rendered.
    The store then stays as it was.
    """

    def __init__(self, helm: Helm, target: Path, sources: Sources, say: Callable[[str], None]) -> None:
        """Take what all renderings need.

        Args:
            helm: The Helm to render with.
            target: The store.
            sources: Where archives come from.
            say: Told what is being done, a line each.
        """
        self._helm = helm
        self.target = target
        self._sources = sources
        self._say = say

    def render(self, release: HelmReleaseOptions) -> Path:
        """Store what the release renders to, pin its chart if it is new to the store, and return the stored file."""
        sha256, manifests = self._rendered(release)
        return store.save(self.target, release, sha256, manifests)

    def pin(self, release: HelmReleaseOptions) -> pins.Pin:
        """Pin the chart of the release to the archive that its repository has now, without rendering it."""
        with tempfile.TemporaryDirectory() as folder:
            _, sha256 = self._archive(release, Path(folder))
        made = pins.Pin(release.repository, release.chart, release.version, sha256)
        pins.save(self.target, made)
        return made

    def check(self) -> Iterator[str]:
        """Render everything in the store again and tell of each file that is not what comes out now."""
        unused = {(pin.name, pin.version): pin for pin in pins.every(self.target)}
        known = dict(unused)
        for file in store.renderings(self.target):
            try:
                text = file.read_text(encoding="utf-8")
                inputs = json.loads(text)["inputs"]
                chart = (inputs["chart"], inputs["version"])
            except (ValueError, KeyError, TypeError):
                yield f"{file.name} is damaged: remove it and run `eks-gpu charts render`"
                continue
            if chart not in known:
                yield f"{file.name} is of {' '.join(chart)}, which is not pinned: run `eks-gpu charts render`"
                continue
            unused.pop(chart, None)
            yield from self._difference(file.name, text, _release(known[chart], inputs))
        for pin in unused.values():
            yield f"{pin.name} {pin.version} is pinned, and no rendering uses it: remove {pin.file_name}"

    def _difference(self, name: str, text: str, release: HelmReleaseOptions) -> Iterator[str]:
        sha256, manifests = self._rendered(release)
        if file_name(release, sha256) != name:
            yield f"{name} is under another key than its inputs have now: remove it and run `eks-gpu charts render`"
        elif to_json(store.rendering(release, sha256, manifests)) != text:
            yield f"{name} is not what Helm {self._helm.version} renders: run `eks-gpu charts render`, then `git diff`"

    def _rendered(self, release: HelmReleaseOptions) -> tuple[str, list[dict[str, Any]]]:
        with tempfile.TemporaryDirectory() as folder:
            archive, sha256 = self._archive(release, Path(folder))
            self._say(f"rendering {release.chart} {release.version}")
            return sha256, safe_manifests(self._helm.template(release, archive), release.namespace)

    def _archive(self, release: HelmReleaseOptions, folder: Path) -> tuple[Path, str]:
        pin = pins.find(self.target, release.repository, release.chart, release.version)
        self._say(f"fetching {release.chart} {release.version}")
        archive = self._sources.fetch(release, self._helm, folder)
        sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        if pin is not None and pin.sha256 != sha256:
            raise ChartError(
                f"{release.chart} {release.version} of {release.repository} is not the archive that is pinned: its "
                f"sha256 is {sha256}, pinned is {pin.sha256}. Somebody changed it: find out who, before you trust it"
            )
        _refuse_what_is_no_chart(archive)
        return archive, sha256


def _refuse_what_is_no_chart(archive: Path) -> None:
    """Say what is wrong with an archive; Helm only says that it cannot load it."""
    try:
        with tarfile.open(archive) as members:
            names = members.getnames()
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise ChartError(f"{archive.name} is not a chart archive, or is damaged: {error}. Fetch it again") from None
    outside = [name for name in names if name.startswith("/") or ".." in name.split("/")]
    if outside:
        raise ChartError(f"{archive.name} writes outside its folder ({outside[0]}): do not trust it")


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
