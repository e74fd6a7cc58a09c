"""Verdicts of the preflight, remembered: the same manifests are judged once, and their warnings shown each time.

The check takes a third of a whole synthesis, most of it for its imports, and most syntheses change nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.constructs.preflight import Versions


@dataclass(frozen=True)
class Verdict:
    """What the preflight said of manifests in which it found no error.

    Attributes:
        plain: Its report; empty without findings.
        styled: The same with colours.
    """

    plain: str
    styled: str

    def show(self) -> None:
        """Write the report to the standard error stream, with colours on a terminal only."""
        sys.stderr.write(self.styled if sys.stderr.isatty() else self.plain)


def key(texts: Mapping[str, str], versions: Versions) -> str:
    """Return a digest of all that decides the verdict: the manifests, what they are for, and the rules themselves."""
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
                    yield entry.path, entry.stat().st_size, entry.stat().st_mtime_ns


def recall(verdict_key: str) -> Verdict | None:
    """Return the verdict of an earlier synthesis, or None if there is none or it cannot be read."""
    try:
        return Verdict(**json.loads((_folder() / verdict_key).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remember(verdict_key: str, verdict: Verdict) -> None:
    """Keep a verdict, if there is a place for it: a home that cannot be written to only makes the next check slower."""
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=_folder(), encoding="utf-8", delete=False) as file:
            json.dump(asdict(verdict), file)
        Path(file.name).replace(_folder() / verdict_key)
    except (OSError, RuntimeError):
        return


def _folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "cdk8s-eks-gpu"
