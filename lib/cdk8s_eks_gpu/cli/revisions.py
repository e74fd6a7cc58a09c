"""The targets as they were at another revision of their Git repository."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextmanager
def other_state(other: str, targets: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of another state of the targets: a file or folder, or the same targets at a Git revision.

    The revision's files are in a temporary folder for as long as the context lasts; the working tree is left alone.

    Raises:
        ConfigError: It is neither a path nor a revision, or the targets were not there then.
    """
    if is_path(other):
        yield (other,)
        return
    with tempfile.TemporaryDirectory(prefix="cdk8s-eks-gpu-") as folder:
        with tarfile.open(fileobj=io.BytesIO(_archive(other))) as archive:
            _extract(archive, Path(folder).resolve())
        paths = {target: Path(folder, _from_here(target)) for target in targets}
        outside = [target for target in targets if _from_here(target).startswith(os.pardir)]
        problems = [Problem(target, "is not below the working directory") for target in outside]
        gone = [target for target, path in paths.items() if target not in outside and not path.exists()]
        problems += [Problem(target, "is not there at this revision") for target in gone]
        if problems:
            raise ConfigError(other, problems)
        yield tuple(map(str, paths.values()))


def is_path(other: str) -> bool:
    """Return whether another state is a file, a folder or standard input; otherwise it is a revision."""
    return other == "-" or Path(other).exists()


def _from_here(target: str) -> str:
    """Return the path from the working directory, which is named without links: on macOS, /tmp is one."""
    path = Path(target)
    return os.path.relpath(path.parent.resolve() / path.name)


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Extract all but links to what is outside of the folder: Python has filters for that from 3.11.4 on only."""
    archive.extraction_filter = lambda member, _: member
    for member in archive:
        target = (folder / member.name).parent / member.linkname if member.issym() else folder / member.name
        if target.resolve().is_relative_to(folder):
            archive.extract(member, folder)


def _archive(revision: str) -> bytes:
    """Return the working directory at the revision as a tar archive."""
    problem = "there is no such file or folder"
    try:
        done = subprocess.run(  # noqa: S603 -- no shell, and what the user names is an argument that cannot be an option
            ["git", "archive", "--format=tar", "--end-of-options", revision],  # noqa: S607 -- the git on the PATH
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigError(
            revision, [Problem("", f"{problem}, and no git to ask for a revision of that name")]
        ) from None
    if done.returncode:
        answer = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise ConfigError(revision, [Problem("", f"{problem}, and as a revision: git says: {answer}")])
    return done.stdout
