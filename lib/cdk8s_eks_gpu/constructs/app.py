"""A cdk8s app whose output directory is replaced as a whole, with the smoke tests in a folder of their own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import cdk8s

from cdk8s_eks_gpu import output
from cdk8s_eks_gpu.constructs.preflight import Versions, checked_elsewhere, preflight
from cdk8s_eks_gpu.errors import OutputError


class GpuApp(cdk8s.App):
    """An app that writes to `dist/` (or CDK8S_OUTDIR, which the cdk8s command sets) only what was made to the end.

    A plain cdk8s.App writes file by file, and leaves the files of charts that are no longer there.
    """

    def __init__(self, outdir: str | None = None) -> None:
        """Make the app; `outdir` goes before CDK8S_OUTDIR, and that before `dist`."""
        self._output = Path(outdir or os.environ.get("CDK8S_OUTDIR") or "dist")
        self._versions = Versions()
        self._made = tempfile.TemporaryDirectory(prefix="cdk8s-eks-gpu-")
        super().__init__(outdir=self._made.name)
        self._smoke_tests = cdk8s.App(outdir=str(Path(self._made.name, output.SMOKE_TESTS)))
        for app in (self, self._smoke_tests):
            checked_elsewhere(app, self._versions)

    @property
    def smoke_tests(self) -> cdk8s.App:
        """The app whose charts go to the folder `smoke-tests`, which is not applied with the rest."""
        return self._smoke_tests

    def synth(self) -> None:
        """Write all manifests, unless the preflight finds an error in them.

        Raises:
            PreflightError: The preflight found errors.
            OutputError: A construct refuses, or the output directory holds files of others or cannot be written. It
                stays as it was.
        """
        with self._made:
            output.recover(self._output)
            try:
                super().synth()
                if self._smoke_tests.charts:
                    self._smoke_tests.synth()
            except RuntimeError as error:  # What jsii makes of every error in Node.js, full disks among them.
                raise OutputError(f"cdk8s could not write the manifests: {error}") from None
            self._preflight()
            output.replace(self._output, Path(self._made.name))

    def _preflight(self) -> None:
        made = Path(self._made.name)
        files = sorted(made.rglob("*.yaml"))
        texts = {str(self._output / file.relative_to(made)): file.read_text(encoding="utf-8") for file in files}
        preflight(texts, self._versions)
