"""The output directory: our files in it change all together, and the files of others stay."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import journal
from cdk8s_eks_gpu.errors import OutputError
from cdk8s_eks_gpu.marker import NAME, Marker, read_marker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

SMOKE_TESTS = "smoke-tests"
# What synthesis wrote before there was a marker.
_BEFORE_MARKERS = re.compile(
    r"([0-9]{4}-)?(nvidia-device-plugin|efa-device-plugin|node-pools)\.k8s\.yaml|smoke-tests/(gpu|efa)-smoke-test\.k8s\.yaml"
)


def write(output: Path, files: Mapping[str, bytes], marker: Marker) -> list[str]:
    """Make the files, given by their paths in the output directory, all of ours that are in it.

    Ours are those that the marker in the directory names: what is not made any more goes. The marker is written anew.
    Files whose content is the same are not touched.

    Returns:
        The files and folders of others, which stay.

    Raises:
        OutputError: The output is of another cluster, a file of others stands in the way of one of ours, or something
            cannot be written. All is as it was.
        MarkerError: The marker that is there cannot be read.
    """
    folder = output.resolve()
    is_new = not folder.exists()
    if not is_new and not folder.is_dir():
        raise OutputError(f"{output} is a file: name a directory")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with journal.lock(folder):
            journal.recover(folder)
            ours = _ours(output, folder, marker)
            _refuse_to_overwrite(output, folder, files, ours)
            wanted = {**files, NAME: marker.text.encode()}
            put = {name: content for name, content in wanted.items() if not _is_same(folder / name, content)}
            remove = [name for name in ours if name not in files and _is_there(folder / name)]
            if put or remove:
                journal.change(folder, put, remove)
            return list(_foreign(folder, wanted))
    except OSError as error:
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise OutputError(f"{output} cannot be written: {error.strerror or error}") from None


def recover(output: Path) -> None:
    """Finish or undo what a killed synthesis has begun in the output directory.

    Raises:
        OutputError: That cannot be done.
    """
    folder = output.resolve()
    try:
        if folder.is_dir():
            with journal.lock(folder):
                journal.recover(folder)
    except OSError as error:
        raise OutputError(f"{output} cannot be read: {error.strerror or error}") from None


def recover_all(root: Path) -> None:
    """Do the same in a directory and in its folders, which may be those of several clusters.

    Raises:
        OutputError: As `recover`.
    """
    recover(root)
    for unfinished in sorted(root.glob(f"*/{journal.JOURNAL}")):
        recover(unfinished.parent)


def _ours(output: Path, folder: Path, new: Marker) -> Collection[str]:
    """Return the paths of the files in the folder that synthesis wrote."""
    marker = read_marker(folder)
    if marker is None:
        return [name for name in _files(folder) if _BEFORE_MARKERS.fullmatch(name)]
    if marker.cluster is not None and new.cluster is not None and marker.cluster != new.cluster:
        raise OutputError(
            f"{output} has the manifests of the cluster '{marker.cluster}', not of '{new.cluster}': name another "
            f"directory (--output {output / new.cluster}). If the cluster has a new name, delete {output / NAME} first"
        )
    return marker.files


def _refuse_to_overwrite(output: Path, folder: Path, files: Mapping[str, bytes], ours: Collection[str]) -> None:
    in_the_way = [
        output / name
        for name, content in files.items()
        if _is_there(folder / name)
        and (not (folder / name).is_file() or (name not in ours and not _is_same(folder / name, content)))
    ]
    in_the_way += [
        output / parent
        for parent in sorted({Path(name).parent for name in files})
        if _is_there(folder / parent) and not (folder / parent).is_dir()
    ]
    if in_the_way:
        names = ", ".join(map(str, in_the_way))
        raise OutputError(
            f"{names}: synthesis writes a file of this name, and did not write what is there: move it away"
        )


def _foreign(folder: Path, ours: Collection[str]) -> Iterator[str]:
    """Yield the files of others, and folders of theirs as one."""
    for name in _files(folder):
        is_output_of_another_cluster = (folder / name / NAME).is_file()
        is_of_finder = Path(name).name == ".DS_Store"  # macOS writes it into folders that are looked at
        if name not in ours and not is_output_of_another_cluster and not is_of_finder:
            yield name + ("/" if (folder / name).is_dir() else "")


def _files(folder: Path) -> Iterator[str]:
    """Yield what is in the folder and in that of the smoke tests."""
    for path in sorted(folder.iterdir()):
        if path.name != SMOKE_TESTS or not path.is_dir():
            yield path.name
    if (folder / SMOKE_TESTS).is_dir():
        yield from (f"{SMOKE_TESTS}/{path.name}" for path in sorted((folder / SMOKE_TESTS).iterdir()))


def _is_same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)
