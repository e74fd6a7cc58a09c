"""Reports of the preflight, kept in the user's cache folder: the same manifests are checked once.

The check takes a third of a whole synthesis, most of it for its imports, and most syntheses change nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import asdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.constructs.versions import Versions

MOST_REPORTS = 100
MOST_BYTES = 10_000_000


def digest(texts: Mapping[str, str], versions: Versions) -> str:
    """Return a digest of all that decides a report: the manifests, what they are for, and the rules themselves."""
    rules = sorted(_states("cdk8s_eks_gpu", "cdk8s_eks_gpu_schemas"))
    decisive = json.dumps([rules, asdict(versions), dict(texts)], sort_keys=True)
    return hashlib.sha256(decisive.encode()).hexdigest()


def _states(*packages: str) -> Iterator[tuple[str, int, int]]:
    """Yield path, size and time of each file of the packages."""
    for package in packages:
        spec = find_spec(package)
        folders = list(spec.submodule_search_locations or ()) if spec else []
        while folders:
            for entry in os.scandir(folders.pop()):
                if entry.is_dir():
                    folders.append(entry.path)
                elif not entry.name.endswith(".pyc"):
                    state = entry.stat()
                    yield entry.path, state.st_size, state.st_mtime_ns


def load(report_digest: str) -> str | None:
    """Return the report of an earlier synthesis, or None if there is none or it cannot be read."""
    try:
        file = _folder() / report_digest
        report = file.read_text(encoding="utf-8")
        os.utime(file)  # `store` drops what was not used for the longest time.
    except (OSError, RuntimeError, ValueError):
        return None
    return report


def store(report_digest: str, report: str) -> None:
    """Keep a report, if there is a place for it, and drop the oldest ones if there are too many or too large ones.

    A home that cannot be written to only makes the next check slower.
    """
    with suppress(OSError, RuntimeError):
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f"{report_digest}.{os.getpid()}"
        try:
            new.write_text(report, encoding="utf-8")
            new.replace(folder / report_digest)
        finally:
            new.unlink(missing_ok=True)
        _drop_oldest(folder)


def _drop_oldest(folder: Path) -> None:
    states = sorted(((file.stat(), file) for file in folder.iterdir()), key=lambda pair: pair[0].st_mtime, reverse=True)
    size = 0
    for number, (state, file) in enumerate(states, 1):
        size += state.st_size
        if number > MOST_REPORTS or size > MOST_BYTES:
            file.unlink()


def _folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "cdk8s-eks-gpu" / "reports"
