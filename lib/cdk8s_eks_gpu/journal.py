"""Files that change all together, or not at all: a kill at any moment leaves work that can be finished or undone.

New contents are written beside the files that they replace. A journal in the folder says which; once it says that all
of them are there, the change is decided, and the next run finishes it. Before that, the next one removes them.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from cdk8s_eks_gpu.errors import OutputError
from cdk8s_eks_gpu.marker import NAME, is_inside

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

JOURNAL = ".eks-gpu.journal"
# No suffix of a manifest: kubectl, Argo CD and `eks-gpu check` pass over what a kill has left.
_NEW = ".eks-gpu-new"


class _Plan(Struct, frozen=True):
    """A change of files, given by their paths in the folder.

    Attributes:
        put: The files that get a new content.
        remove: The files that go.
        decided: Whether all new contents are written.
    """

    put: tuple[str, ...]
    remove: tuple[str, ...]
    decided: bool = False


def change(folder: Path, put: Mapping[str, bytes], remove: Collection[str]) -> None:
    """Give files in a folder a new content and remove others, both given by their paths in it.

    Subfolders are made where they are missing, and removed when they have become empty. Symbolic links to files stay,
    and what they lead to changes.

    Raises:
        OSError: Something cannot be written. All files are as they were, or the next run finishes what was decided.
    """
    plan = _Plan(tuple(put), tuple(remove))
    before = {name: _content(folder / name) for name in (*put, *remove)}
    try:
        _note(folder, plan)
        for name, content in put.items():
            target = _target(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            _new(target).write_bytes(content)
        with _not_interrupted():
            _note(folder, replace(plan, decided=True))
            _finish(folder, plan)
    except BaseException:
        if _restore(folder, before):
            _forget(folder, plan)
        raise


def recover(folder: Path) -> None:
    """Finish the change that a killed run had decided on, or remove what it had prepared.

    Raises:
        OutputError: The journal is not one of ours, or the change cannot be finished.
    """
    plan = _read(folder)
    try:
        if plan is not None and plan.decided:
            _finish(folder, plan)
        elif plan is not None:
            _forget(folder, plan)
        _new(folder / JOURNAL).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{folder / JOURNAL}: a killed synthesis cannot be finished: {error.strerror}") from None


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Keep other runs from changing the folder meanwhile, where the system can do that. A kill ends the lock."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # Some network file systems have no locks.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _note(folder: Path, plan: _Plan) -> None:
    new = _new(folder / JOURNAL)
    new.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    new.replace(folder / JOURNAL)


def _read(folder: Path) -> _Plan | None:
    path = folder / JOURNAL
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        data = None
    if not _is_plan(data):
        raise OutputError(f"{path} is damaged: delete it, and what ends in {_NEW} beside it")
    return _Plan(tuple(data["put"]), tuple(data["remove"]), data["decided"])


def _is_plan(data: Any) -> bool:  # noqa: ANN401 -- whatever the file holds
    """Whether it is a plan whose files are all in the folder: the journal may come from a stranger's repository."""
    if not isinstance(data, dict) or not isinstance(data.get("decided"), bool):
        return False
    lists = [data.get("put"), data.get("remove")]
    return all(isinstance(names, list) and all(map(_is_file_name, names)) for names in lists)


def _is_file_name(name: Any) -> bool:  # noqa: ANN401 -- whatever the list holds
    return name == NAME or is_inside(name)


def _finish(folder: Path, plan: _Plan) -> None:
    """Do what was decided. What a run before has done already is passed over."""
    for name in plan.put:
        target = _target(folder, name)
        with suppress(FileNotFoundError):
            _new(target).replace(target)
    for name in plan.remove:
        (folder / name).unlink(missing_ok=True)
        _remove_empty(folder, name)
    (folder / JOURNAL).unlink(missing_ok=True)


def _forget(folder: Path, plan: _Plan) -> None:
    """Remove what was prepared. The journal goes last: until then the next run tries again."""
    with suppress(OSError):
        for name in plan.put:
            _new(_target(folder, name)).unlink(missing_ok=True)
            _remove_empty(folder, name)
        _new(folder / JOURNAL).unlink(missing_ok=True)
        (folder / JOURNAL).unlink(missing_ok=True)


def _restore(folder: Path, before: Mapping[str, bytes | None]) -> bool:
    """Bring back the contents of files that have changed already; return whether that worked."""
    try:
        for name, content in before.items():
            target = _target(folder, name)
            if _content(target) == content:
                continue
            if content is None:
                target.unlink()
            else:
                new = target.with_name(f"{_new(target).name}-old")
                new.write_bytes(content)
                new.replace(target)
    except OSError:
        return False
    return True


def _remove_empty(folder: Path, name: str) -> None:
    for parent in Path(name).parents[:-1]:
        with suppress(OSError):  # It is not empty, or a mount point or a link.
            (folder / parent).rmdir()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _target(folder: Path, name: str) -> Path:
    return (folder / name).resolve()


def _new(target: Path) -> Path:
    return target.with_name(f".{target.name.lstrip('.')}{_NEW}")


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Hold a Ctrl-C back until the change is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[Any] = []
    before = signal.signal(signal.SIGINT, lambda *arguments: held.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held and callable(before):
            before(*held[0])
