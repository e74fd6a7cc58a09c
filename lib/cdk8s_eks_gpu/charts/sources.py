"""Where chart archives come from: a repository, an OCI registry, an archive, a folder of archives, a mirror."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from msgspec import Struct, field

from cdk8s_eks_gpu.errors import ChartError, ConfigError
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.manifests.single_document import read_all

if TYPE_CHECKING:
    from cdk8s_eks_gpu.charts.helm import Helm

_NAME = re.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"v?[0-9]+(\.[0-9]+){0,2}([-+][0-9A-Za-z.+-]+)?")

TIMEOUT = 30
"""How long a server may be silent, in seconds."""


class ChartReference(NamedTuple):
    """A chart of a repository.

    Attributes:
        repository: A URL (http, https, oci), a folder of archives, or one archive.
        name: The chart's name.
        version: The chart's version.
    """

    repository: str
    name: str
    version: str

    @classmethod
    def of(cls, repository: str, name: str, version: str) -> ChartReference:
        """Return the reference, whose name and version are parts of file names and arguments of Helm.

        Raises:
            ChartError: The name or the version is none.
        """
        if _NAME.fullmatch(name) is None:
            raise ChartError(f"'{name}' is not a chart's name: letters, digits, '-', '_' and '.', such as my-chart")
        if _VERSION.fullmatch(version) is None:
            raise ChartError(f"'{version}' is not a chart's version: exactly one, such as 1.2.3 or v0.5.30")
        return cls(repository, name, version)


class Sources(Struct, frozen=True):
    """How the charts' own repositories are reached.

    Attributes:
        chart_dir: A folder of archives (NAME-VERSION.tgz) to take instead of asking anybody.
        mirrors: Beginnings of URLs and what to put in their place, for repositories and for what their indexes name.
    """

    chart_dir: Path | None = None
    mirrors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls) -> Sources:
        """Read EKS_GPU_CHART_DIR and EKS_GPU_CHART_MIRROR (`URL=URL`, several with spaces between)."""
        folder = os.environ.get("EKS_GPU_CHART_DIR")
        mirrors = os.environ.get("EKS_GPU_CHART_MIRROR", "").split()
        return cls(Path(folder) if folder else None, parse_mirrors(mirrors))

    def fetch(self, chart: ChartReference, helm: Helm, folder: Path) -> Path:
        """Bring the chart's archive into the folder, if it is not a local file already, and return its path.

        Raises:
            ChartError: Nothing answers, or there is no such chart or version.
        """
        repository = chart.repository
        if self.chart_dir is not None:
            return _local(self.chart_dir, chart, f"leave out --chart-dir to ask {repository}")
        if repository.startswith("oci://"):
            return helm.pull(f"{self._mirrored(repository).rstrip('/')}/{chart.name}", chart.version, folder)
        if repository.startswith(("http://", "https://")):
            return self._download(chart, folder)
        path = Path(repository)
        return path if path.suffix == ".tgz" and path.is_file() else _local(path, chart, "name another repository")

    def _download(self, chart: ChartReference, folder: Path) -> Path:
        repository = chart.repository.rstrip("/") + "/"
        index_url = urljoin(self._mirrored(repository), "index.yaml")
        index = folder / "index.yaml"
        _get(index_url, index)
        entry = _entry(index.read_text(encoding="utf-8", errors="replace"), index_url, chart)
        archive = folder / f"{chart.name}-{chart.version}.tgz"
        # An index may name its archives by whole URLs, also in a copy of it elsewhere.
        url = self._mirrored(urljoin(repository, entry["urls"][0]))
        _get(url, archive)
        sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        if entry.get("digest", sha256) != sha256:
            raise ChartError(f"{url} has the sha256 {sha256}, but {index_url} says {entry['digest']}: do not trust it")
        return archive

    def _mirrored(self, url: str) -> str:
        for public, private in self.mirrors.items():
            if url.startswith(public):
                return private.rstrip("/") + "/" + url.removeprefix(public).lstrip("/")
        return url


def parse_mirrors(texts: list[str]) -> dict[str, str]:
    """Return the mirrors written as `URL=URL`.

    Raises:
        ChartError: One has no equals sign.
    """
    mirrors = {}
    for text in texts:
        public, equals, private = text.partition("=")
        if not (public and equals and private):
            raise ChartError(f"mirror '{text}' is not of the form URL=URL: https://charts.example.com=https://mirror")
        mirrors[public] = private
    return mirrors


def _local(folder: Path, chart: ChartReference, otherwise: str) -> Path:
    archive = folder / f"{chart.name}-{chart.version}.tgz"
    if not archive.is_file():
        raise ChartError(f"{archive} is not there: put it there, or {otherwise}")
    return archive


def _get(url: str, file: Path) -> None:
    request = Request(url, headers={"User-Agent": "cdk8s-eks-gpu"})  # noqa: S310 -- http or https: checked by fetch
    try:
        with urlopen(request, timeout=TIMEOUT) as response, file.open("wb") as handle:  # noqa: S310 -- as above
            shutil.copyfileobj(response, handle)
    except HTTPError as error:
        raise ChartError(f"{url} answers {error.code} {error.reason}: is the repository right?") from None
    except (URLError, OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ChartError(f"{url} cannot be reached: {reason}. Without a way out, use --chart-dir or --mirror") from None


def _entry(text: str, url: str, chart: ChartReference) -> dict[str, Any]:
    try:
        entries = read_all(text, url)[0]["entries"]
        versions = {str(entry["version"]): entry for entry in entries.get(chart.name, [])}
    except (ConfigError, LookupError, TypeError, AttributeError):
        raise ChartError(f"{url} is not the index of a chart repository") from None
    if not versions:
        hint = did_you_mean(chart.name, entries) or f" (there are: {', '.join(sorted(entries))})"
        raise ChartError(f"{url} has no chart '{chart.name}'{hint}")
    if chart.version not in versions:
        newest = ", ".join(list(versions)[:5])
        hint = did_you_mean(chart.version, versions)
        raise ChartError(f"{url} has no {chart.name} '{chart.version}'{hint} (newest: {newest})")
    entry: dict[str, Any] = versions[chart.version]
    return entry
