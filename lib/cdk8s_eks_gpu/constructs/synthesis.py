"""Configuration files -> the manifests of each cluster, in one run of Node.js."""

from __future__ import annotations

import os
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import output
from cdk8s_eks_gpu.charts.store import project_store
from cdk8s_eks_gpu.config.load import load_with_layers
from cdk8s_eks_gpu.config.project import outputs, project_files
from cdk8s_eks_gpu.constructs.app import GpuApp
from cdk8s_eks_gpu.constructs.config_preflight import preflight_of_config
from cdk8s_eks_gpu.constructs.preflight import IS_OFF, is_on
from cdk8s_eks_gpu.constructs.stack import GpuStack
from cdk8s_eks_gpu.errors import ConfigWarning, EksGpuError, SeveralError
from cdk8s_eks_gpu.marker import NAME, read_marker
from cdk8s_eks_gpu.objects.chart_errors import at_its_option
from cdk8s_eks_gpu.objects.stack import all_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cdk8s_eks_gpu.config.load import Loaded

DEFAULT_OUTPUT = "dist"


def synthesise(
    files: Sequence[str] = (), directory: Path | None = None, *, preflight: bool = True, name_output: bool = True
) -> None:
    """Write the manifests of configuration files.

    Args:
        files: The files; none takes those of the project in the working directory: cluster.yaml and clusters/.
        directory: Where the manifests of a single file go, or a folder for each cluster. None takes CDK8S_OUTDIR, and
            without that dist/.
        preflight: Whether the manifests are checked before they are written.
        name_output: Whether the line about each cluster ends with where its manifests are.

    Raises:
        EksGpuError: A configuration cannot be used, the preflight finds errors, or an output cannot be written. All
            that is wrong with any of the clusters is in it, and nothing is written of any.
    """
    root = directory or Path(os.environ.get("CDK8S_OUTDIR") or DEFAULT_OUTPUT)
    output.recover_all(root)
    with _warnings_of():
        clusters = load_with_layers(files or project_files())
    configs = {file: each.config for file, each in clusters.items()}
    places = dict.fromkeys(configs, root) if directory and len(files) == 1 else outputs(configs, root)
    is_checked = preflight and is_on()
    errors, prepared = [], []
    for file, loaded in clusters.items():
        try:
            prepared.append((places[file], *_prepare(file, loaded, places[file], preflight=is_checked)))
        except EksGpuError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(configs) == 1 else SeveralError(errors)
    for place, write, report in prepared:
        write()
        sys.stderr.write(_with_place(report, place) if name_output else report)
    if not files:
        _report_orphans(root, places.values())


def _prepare(file: str, loaded: Loaded, directory: Path, *, preflight: bool) -> tuple[Callable[[], None], str]:
    """Make and check the manifests of a cluster; return the function that writes them, and the report to show.

    What is checked is what the constructs are made of.
    """
    config, store = loaded.config, project_store(Path(file))
    with at_its_option(file, loaded.layers):
        objects = all_objects(config, store)
    with ThreadPoolExecutor(max_workers=1) as beside:
        checking = None
        if preflight:
            checking = beside.submit(preflight_of_config, file, loaded, objects)
        app = GpuApp(str(directory))
        with _warnings_of(file):
            GpuStack(app, config, objects=objects)
        write = app.prepare(checked=True)
        return write, checking.result() if checking else IS_OFF


def _with_place(report: str, directory: Path) -> str:
    """Return the report with where the manifests are: on its line if it has one, else after it."""
    line = report.removesuffix("\n").removesuffix(".")
    if "\n" in line:
        return f"{report}Written to {directory}/.\n"
    return f"{line}; written to {directory}/\n"


@contextmanager
def _warnings_of(file: str = "") -> Iterator[None]:
    """Print warnings of configurations as errors are printed, without the lines of Python that warn.

    Args:
        file: The configuration that is warned of, where the warning itself does not name it.
    """
    with warnings.catch_warnings(record=True) as caught:
        yield
    for each in caught:
        if issubclass(each.category, ConfigWarning):
            place = file or f"{each.filename}:{each.lineno}"
            sys.stderr.write(f"{place}: warning: {each.message}\n")
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


def _report_orphans(root: Path, places: Iterable[Path]) -> None:
    """Report outputs of clusters that no file of the project describes any more."""
    ours = set(places)
    for marker in sorted([root / NAME, *root.glob(f"*/{NAME}")]):
        if marker.parent not in ours and (found := read_marker(marker.parent)) is not None:
            cluster = f"the cluster '{found.cluster}', which no file describes"
            sys.stderr.write(f"{marker.parent} has the manifests of {cluster}: delete it\n")
