"""Where renderings lie: the project's own folder first, then the one that comes with the wheel."""

from __future__ import annotations

import json
import os
import re
import tempfile
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cdk8s_eks_gpu.charts import pins
from cdk8s_eks_gpu.charts.release import KEY_LENGTH
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.resources.abc import Traversable

PACKAGE = "cdk8s_eks_gpu_charts"
FOLDER = Path("imports", PACKAGE)
SETTING = "EKS_GPU_CHART_STORE"
_KEY = re.compile(f"-[0-9a-f]{{{KEY_LENGTH}}}$")


def project_store(config: Path | None = None) -> Path:
    """Return the project's own store, which need not be there.

    Args:
        config: The configuration file, whose store is the nearest at or above it, else the one beside it. None is an
            app of one's own: it takes the folder that EKS_GPU_CHART_STORE names, else the one below the working
            directory.
    """
    if config is None:
        return Path(os.environ.get(SETTING) or FOLDER)
    beside = config.resolve().parent
    return next(
        (folder / FOLDER for folder in (beside, *beside.parents) if (folder / FOLDER).is_dir()), beside / FOLDER
    )


def shipped_store() -> Traversable:
    """Return the store that comes with the package."""
    return files(PACKAGE)


def find(
    project: Path, repository: str, chart: str, version: str, key: Callable[[str], str]
) -> tuple[Path | Traversable, dict[str, Any]] | None:
    """Return what was rendered of a chart, and the store that has it; None if it never was.

    Args:
        project: The project's own store.
        repository: The chart's repository.
        chart: The chart's name.
        version: The chart's version.
        key: Makes, from the digest of the chart's archive, what tells this rendering from others of that version.

    Raises:
        ChartError: A file of the store is damaged, or was changed by hand.
    """
    for store in (project, shipped_store()):
        pin = pins.find(store, repository, chart, version)
        data = read(store, stem(chart, version, key(pin.sha256))) if pin else None
        if data is not None:
            return store, data
    return None


def read(store: Path | Traversable, name: str) -> dict[str, Any] | None:
    """Return the rendering of that name, or None if there is none.

    Raises:
        ChartError: It is not what was rendered.
    """
    file = store / f"{name}.json"
    if not file.is_file():
        return None
    content = file.read_bytes().replace(b"\r\n", b"\n")  # git may write these on Windows
    pin = pins.read(store, name)
    if pin is None or pin.rendering != sha256(content).hexdigest():
        raise ChartError(
            f"{file} is not what was rendered: it or its lock was changed afterwards. Bring both back from git, "
            "or remove both and run `eks-gpu charts render`"
        )
    data: dict[str, Any] = json.loads(content)
    return data


def save(store: Path, name: str, pin: pins.Pin, data: dict[str, Any]) -> Path:
    """Store a rendering with its lock, and pin its chart if it is new to the store; return the rendering's file.

    Raises:
        ChartError: The store cannot be written.
    """
    file, chart = store / f"{name}.json", pins.chart_stem(pin.name, pin.version)
    locks = {name: replace(pin, rendering=sha256(to_json(data).encode()).hexdigest())}
    if name != chart and pins.read(store, chart) is None:
        locks[chart] = replace(pin, rendering=None)
    # The lock comes first: where the rendering is not there yet, it is made again.
    write_json({**{pins.lock_file(store, each): pins.to_data(lock) for each, lock in locks.items()}, file: data})
    return file


def stem(chart: str, version: str, key: str) -> str:
    """Return the name of a rendering's files, without what they end in."""
    return "-".join(filter(None, (pins.chart_stem(chart, version), key)))


def is_keyed(name: str) -> bool:
    """Whether the name of a rendering ends in a key."""
    return _KEY.search(name) is not None


def renderings(store: Path) -> list[str]:
    """Return the names of all renderings in the store, in their order."""
    return sorted(
        file.name.removesuffix(".json") for file in store.glob("*.json") if not file.name.endswith(pins.SUFFIX)
    )


def to_json(data: object) -> str:
    """Return the data as the store has it: one value a line, so that a diff reads well."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def write_json(files: Mapping[Path, object]) -> None:
    """Replace the files, each in one step: a reader at the same time, or after a kill, sees old or new files whole.

    Raises:
        ChartError: One cannot be written (a full disk, a read-only folder). All old files stay.
    """
    written: dict[Path, Path] = {}
    try:
        for file, data in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            # Not NamedTemporaryFile: where a full disk is noticed at the end, it holds the file to be left open.
            descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".tmp")
            written[Path(name)] = file
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as handle:
                handle.write(to_json(data))
        for temporary, file in written.items():
            temporary.chmod(0o644)
            temporary.replace(file)
    except OSError as error:
        for temporary in written:
            temporary.unlink(missing_ok=True)
        raise ChartError(f"{', '.join(map(str, files))} cannot be written: {error.strerror}") from None
