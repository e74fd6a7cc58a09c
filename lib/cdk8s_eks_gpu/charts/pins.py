"""The locks: what each chart's archive, and each rendering of it, is known by.

A file each, not one for all: two processes that render at the same time never have to merge what they write.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

SUFFIX = ".lock.json"


class Pin(Struct, frozen=True):
    """A chart's archive, and what was rendered from it.

    Attributes:
        repository: Where it was pulled from: a URL (http, https, oci), or a path.
        name: The chart's name.
        version: The chart's version.
        sha256: The digest of the archive, in hex.
        rendering: The digest of the file that lies beside the lock under the same name, in hex; None if there is none.
    """

    repository: str
    name: str
    version: str
    sha256: str
    rendering: str | None = None


def chart_stem(name: str, version: str) -> str:
    """Return what the files of one version of a chart are called, or begin with."""
    return f"{name}-{version}"


def find(store: Path | Traversable, repository: str, name: str, version: str) -> Pin | None:
    """Return the pin of the chart, or None if the store has none.

    Raises:
        ChartError: The pin is damaged, or is that of a chart with the same name and version from another repository.
    """
    pin = read(store, chart_stem(name, version))
    if pin is not None and pin.repository != repository:
        raise ChartError(
            f"{name} {version} of {repository} is not the chart that {store / chart_stem(name, version)}{SUFFIX} pins, "
            f"which is of {pin.repository}: remove the file if the chart has moved"
        )
    return pin


def read(store: Path | Traversable, stem: str) -> Pin | None:
    """Return the lock of that name, or None if there is none.

    Raises:
        ChartError: It is damaged.
    """
    file = store / f"{stem}{SUFFIX}"
    if not file.is_file():
        return None
    try:
        return Pin(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise ChartError(f"{file} is damaged: bring back its last good version from git") from None


def lock_file(store: Path, stem: str) -> Path:
    """Return the file of the lock of that name."""
    return store / f"{stem}{SUFFIX}"


def to_data(pin: Pin) -> dict[str, str]:
    """Return what is in a lock."""
    return {key: value for key, value in asdict(pin).items() if value is not None}


def every(store: Path) -> Iterator[tuple[str, Pin]]:
    """Return the locks of the store with their names, in the order of these.

    Raises:
        ChartError: A lock is damaged.
    """
    for file in sorted(store.glob(f"*{SUFFIX}")):
        stem = file.name.removesuffix(SUFFIX)
        pin = read(store, stem)
        if pin is not None:
            yield stem, pin
