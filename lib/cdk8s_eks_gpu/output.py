"""The output directory: replaced as a whole, or left as it was."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cdk8s_eks_gpu.errors import OutputError

SMOKE_TESTS = "smoke-tests"


def replace(output: Path, made: Path) -> None:
    """Put a copy of the directory `made` in the place of `output`, in one step for whoever looks at it.

    Synthesis may be killed at any time. All is copied beside the output first; then two renames change the old for the
    new. `recover` undoes the first rename if it was killed between the two.

    Raises:
        OutputError: The output is not a directory that synthesis wrote, or cannot be written. It stays as it was.
    """
    output = output.resolve()
    _refuse_foreign_files(output)
    new, old = (output.with_name(f".{output.name}.{word}-{os.getpid()}") for word in ("new", "old"))
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, new)
        if output.exists():
            output.rename(old)
        new.rename(output)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        recover(output)
        raise OutputError(f"{output} cannot be written: {error.strerror}") from None
    shutil.rmtree(old, ignore_errors=True)


def recover(output: Path) -> None:
    """Bring back the old output if a synthesis was killed after it took it away and before it put the new one there."""
    output = output.resolve()
    left = sorted(output.parent.glob(f".{output.name}.old-*"), key=lambda path: path.stat().st_mtime)
    if left and not output.exists():
        left.pop().rename(output)


def _refuse_foreign_files(output: Path) -> None:
    """Make sure that nothing is lost with the old output: a user may have named a directory of another use."""
    if not output.exists():
        return
    if not output.is_dir():
        raise OutputError(f"{output} is a file: name a directory")
    for path in sorted([*output.iterdir(), *output.glob(f"{SMOKE_TESTS}/*")]):
        ours = path.name == SMOKE_TESTS if path.is_dir() else path.name.endswith(".k8s.yaml")
        if not ours:
            raise OutputError(
                f"{path} is not a file that synthesis writes, and {output.name}/ is replaced as a whole: move it away, "
                "or name another output directory"
            )
