"""A cdk8s app whose files change all together, with the smoke tests in a folder of their own."""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING

import cdk8s

from cdk8s_eks_gpu import output
from cdk8s_eks_gpu.constructs import unchecked
from cdk8s_eks_gpu.constructs.preflight import check_cluster, clusters, preflight, without_preflight, write
from cdk8s_eks_gpu.constructs.versions import Versions, assign, versions_of
from cdk8s_eks_gpu.errors import OutputError
from cdk8s_eks_gpu.interrupt import TEMPORARY_FOLDERS
from cdk8s_eks_gpu.marker import Marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cdk8s_eks_gpu.findings import Report


class GpuApp(cdk8s.App):
    """An app that writes to `dist/` (or CDK8S_OUTDIR, which the cdk8s command sets) only what is whole and checked.

    A plain cdk8s.App writes file by file, and leaves the files of charts that are no longer there.
    """

    def __init__(self, outdir: str | None = None, *, preflight: bool = True) -> None:
        """Create the app.

        Args:
            outdir: The output directory; None takes CDK8S_OUTDIR, and without that `dist`.
            preflight: Whether the manifests are checked before they are written.

        Raises:
            OutputError: There is no place for temporary files.
        """
        self._output = Path(outdir or os.environ.get("CDK8S_OUTDIR") or "dist")
        self._temporary = _temporary_folder()
        self._folder = Path(self._temporary.name)
        unchecked.create_app(self, str(self._folder))
        self._smoke_tests = unchecked.app(str(self._folder / output.SMOKE_TESTS))
        versions = Versions()
        for app in (self, self._smoke_tests):
            assign(app, versions)
        if not preflight:
            without_preflight(self)

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
        self.prepare()()

    def prepare(self, *, checked: bool = False) -> Callable[[], None]:
        """Make and check all manifests, and return the function that writes them: so several apps write all or none.

        Args:
            checked: Whether the manifests are checked elsewhere.

        Raises:
            PreflightError: As `synth`.
            OutputError: As `synth`; the function raises it too.
        """
        with self._temporary:
            output.recover(self._output)
            try:
                if not checked:
                    preflight(self, self._smoke_tests)
                write(self)
                if self._smoke_tests.charts:
                    write(self._smoke_tests)
            except RuntimeError as error:  # What jsii makes of every error in Node.js, full disks among them.
                raise OutputError(f"cdk8s could not write the manifests: {error}") from None
            files = {
                file.relative_to(self._folder).as_posix(): file.read_bytes()
                for file in sorted(self._folder.rglob("*.yaml"))
            }
        return partial(_write, self._output, files, self._marker(files))

    def _marker(self, files: Iterable[str]) -> Marker:
        names = tuple(sorted(files))
        charts = [*self.charts, *self._smoke_tests.charts]
        clusters = {id(versions): versions for versions in map(versions_of, charts)}
        if len(clusters) != 1:
            return Marker(None, None, None, names)
        (versions,) = clusters.values()
        return Marker(versions.cluster, versions.karpenter, versions.kubernetes, names)


def _write(directory: Path, files: Mapping[str, bytes], marker: Marker) -> None:
    foreign = output.write(directory, files, marker)
    if foreign:
        sys.stderr.write(f"{directory}/ also has files that are not generated, and keeps them: {', '.join(foreign)}\n")


def reports(app: cdk8s.App) -> tuple[Report, ...]:
    """Check what an app would write, without writing it: a report for each cluster in it, with the cluster's name.

    Raises:
        UnknownNameError: A version of Karpenter or Kubernetes is not known here.
    """
    smoke_tests = app.smoke_tests if isinstance(app, GpuApp) else None
    return tuple(starmap(check_cluster, clusters(app, smoke_tests)))


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="cdk8s-eks-gpu-")
    except OSError as error:
        raise OutputError(f"there is no place for temporary files: {error.strerror or error}") from None
    TEMPORARY_FOLDERS.add(folder.name)
    return folder
