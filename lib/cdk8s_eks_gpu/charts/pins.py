"""The lock: each chart in use is pinned to the sha256 of its archive, a small file a chart.

A file a chart, not one for all: two processes that render at the same time never have to merge what they write.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts.files import write_json
from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

SUFFIX = ".lock.json"


@dataclass(frozen=True)
class Pin:
    """A chart's archive.

    Attributes:
        repository: Where it was pulled from: a URL (http, https, oci), or a path.
        name: The chart's name.
        version: The chart's version.
        sha256: The digest of the archive, in hex.
    """

    repository: str
    name: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The file that the pin is stored in."""
        return f"{self.name}-{self.version}{SUFFIX}"


def find(store: Path | Traversable, repository: str, name: str, version: str) -> Pin | None:
    """Return the pin of the chart, or None if the store has none.

    Raises:
        ChartError: The pin is damaged, or is that of a chart with the same name and version from another repository.
    """
    file = store / f"{name}-{version}{SUFFIX}"
    if not file.is_file():
        return None
    pin = _read(file)
    if pin.repository != repository:
        raise ChartError(
            f"{name} {version} of {repository} is not the chart that {file} pins, which is of {pin.repository}: "
            f"remove the file if the chart has moved"
        )
    return pin


def save(store: Path, pin: Pin) -> None:
    """Pin a chart.

    Raises:
        ChartError: The file cannot be written.
    """
    write_json(store / pin.file_name, asdict(pin))


def every(store: Path) -> Iterator[Pin]:
    """Return the pins of the store, in the order of their names.

    Raises:
        ChartError: A pin is damaged.
    """
    return (_read(file) for file in sorted(store.glob(f"*{SUFFIX}")))


def _read(file: Path | Traversable) -> Pin:
    try:
        return Pin(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise ChartError(f"{file} is damaged: bring back its last good version from git") from None
