"""A cdk8s app whose files change all together, with the smoke tests in a folder of their own."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import cdk8s

from cdk8s_eks_gpu import output
from cdk8s_eks_gpu.constructs.preflight import preflight, write
from cdk8s_eks_gpu.constructs.versions import Versions, cluster_versions, only_cluster, versions_of
from cdk8s_eks_gpu.errors import OutputError
from cdk8s_eks_gpu.interrupt import TEMPORARY_FOLDERS
from cdk8s_eks_gpu.marker import Marker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class GpuApp(cdk8s.App):
    """An app that writes to `dist/` (or CDK8S_OUTDIR, which the cdk8s command sets) only what is whole and checked.

    A plain cdk8s.App writes file by file, and leaves the files of charts that are no longer there.
    """

    def __init__(self, outdir: str | None = None) -> None:
        """Make the app; `outdir` goes before CDK8S_OUTDIR, and that before `dist`.

        Raises:
            OutputError: There is no place for temporary files.
        """
        self._output = Path(outdir or os.environ.get("CDK8S_OUTDIR") or "dist")
        self._temporary = _temporary_folder()
        self._folder = Path(self._temporary.name)
        super().__init__(outdir=str(self._folder))
        self._smoke_tests = cdk8s.App(outdir=str(self._folder / output.SMOKE_TESTS))
        versions = Versions()
        for app in (self, self._smoke_tests):
            cluster_versions(app, versions)

    @property
    def smoke_tests(self) -> cdk8s.App:
        """The app whose charts go to the folder `smoke-tests`, which is not applied with the rest."""
        return self._smoke_tests

    def synth(self) -> None:
        """Write all manifests, unless the preflight finds an error in them.

        Raises:
            PreflightError: The preflight found errors.
            OutputError: A construct refuses, or the output directory is another cluster's, has a file of others in the
                place of one of ours, or cannot be written. It stays as it was.
        """
        with self._temporary:
            output.recover(self._output)
            try:
                write(self)
                if self._smoke_tests.charts:
                    write(self._smoke_tests)
            except RuntimeError as error:  # What jsii makes of every error in Node.js, full disks among them.
                raise OutputError(f"cdk8s could not write the manifests: {error}") from None
            clusters = self._clusters()
            preflight(clusters)
            files = {
                file.relative_to(self._folder).as_posix(): file.read_bytes()
                for file in sorted(self._folder.rglob("*.yaml"))
            }
            foreign = output.write(self._output, files, _marker(clusters, files))
        if foreign:
            sys.stderr.write(f"{self._output} also has, from others, and they stay: {', '.join(foreign)}\n")

    def _clusters(self) -> Collection[tuple[Versions, dict[str, str]]]:
        """Return the versions of each cluster, with the text of each of its files by the name in the output."""
        only = only_cluster(self)
        versions_by_file = {} if only else self._versions_by_file()
        clusters: dict[int, tuple[Versions, dict[str, str]]] = {}
        for file in sorted(self._folder.rglob("*.yaml")):
            versions = only or versions_by_file[file]
            _, texts = clusters.setdefault(id(versions), (versions, {}))
            texts[str(self._output / file.relative_to(self._folder))] = file.read_text(encoding="utf-8")
        return clusters.values()

    def _versions_by_file(self) -> dict[Path, Versions]:
        return {
            file: versions_of(chart)
            for app, folder in ((self, self._folder), (self._smoke_tests, self._folder / output.SMOKE_TESTS))
            for chart in app.charts
            for name in (f"{cdk8s.Names.to_dns_label(chart)}.k8s.yaml",)
            for file in (*folder.glob(name), *folder.glob(f"[0-9][0-9][0-9][0-9]-{name}"))
        }


def _marker(clusters: Collection[tuple[Versions, Mapping[str, str]]], files: Iterable[str]) -> Marker:
    names = tuple(sorted(files))
    if len(clusters) != 1:
        return Marker(None, None, None, names)
    ((versions, _),) = clusters
    return Marker(versions.cluster, versions.karpenter, versions.kubernetes, names)


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="cdk8s-eks-gpu-")
    except OSError as error:
        raise OutputError(f"there is no place for temporary files: {error.strerror or error}") from None
    TEMPORARY_FOLDERS.add(folder.name)
    return folder
