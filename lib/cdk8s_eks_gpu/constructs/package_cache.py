"""jsii's cache of the packages that it has unpacked: used where jsii would use it, switched off where it would fail."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

SWITCH = "JSII_RUNTIME_PACKAGE_CACHE"


def avoid_unusable_cache() -> None:
    """Switch jsii's package cache off where it cannot be used, unless the user has set one of its variables.

    Without a cache, jsii unpacks its packages anew in each process. With one that it cannot write to, it fails with a
    traceback, and in a home where no folder can ever be made (`/proc`) its `mkdir` does not return.
    """
    if SWITCH in os.environ or os.environ.get(f"{SWITCH}_ROOT"):
        return
    if not _is_usable(_folder()):
        os.environ[SWITCH] = "disabled"


def _folder() -> Path | None:
    """Return where @jsii/kernel 1.142 has its cache (tar-cache/default-cache-root); None where the user has no home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "AWS" / "jsii" / "package-cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "com.amazonaws.jsii" / "package-cache"
    return home / ".cache" / "aws" / "jsii" / "package-cache"


def _is_usable(folder: Path | None) -> bool:
    """Whether this user, and no other, can create files in the folder: jsii asks for both."""
    if folder is None:
        return False
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        return _is_private(folder.resolve())
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    """As jsii asks it (@jsii/kernel 1.142, disk-cache/private-directory)."""
    if not hasattr(os, "getuid"):
        return True
    user, others_write = os.getuid(), stat.S_IWGRP | stat.S_IWOTH
    state = folder.stat()
    if state.st_uid != user or state.st_mode & others_write:
        return False
    around = [parent.stat() for parent in folder.parents]
    return all(
        state.st_uid in {user, 0} and (not state.st_mode & others_write or bool(state.st_mode & stat.S_ISVTX))
        for state in around
    )
