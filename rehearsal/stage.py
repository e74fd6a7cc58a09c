"""The stage: control plane, AWS and Karpenter, in a folder that is gone afterwards."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import control_plane, predictions
from rehearsal.aws.instance_types import records
from rehearsal.aws.server import serving
from rehearsal.karpenter import Karpenter
from rehearsal.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.api import Api
    from rehearsal.aws.server import Aws


@contextlib.contextmanager
def bare(*, scheduling: bool = False) -> Iterator[Api]:
    """Give a control plane without Karpenter: one that only admits, or one that has controllers and a scheduler too."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder, running(Path(folder)) as processes:
        yield control_plane.start(processes, controllers=scheduling, scheduler=scheduling)


@contextlib.contextmanager
def whole(version: str) -> Iterator[tuple[Karpenter, Aws]]:
    """Give a control plane with Karpenter's CRDs, AWS, and a Karpenter that is not started yet."""
    with (
        tempfile.TemporaryDirectory(prefix="rehearsal-") as folder,
        serving(records(predictions.instance_types())) as aws,
        running(Path(folder)) as processes,
    ):
        api = control_plane.start(processes)
        karpenter = Karpenter(version, processes, api, aws.url)
        karpenter.install_crds()
        yield karpenter, aws
