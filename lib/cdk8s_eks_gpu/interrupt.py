"""Ctrl-C ends a command at once. Imported first, so it imports next to nothing itself."""

import os
import signal

INTERRUPTED = 128 + signal.SIGINT
TEMPORARY_FOLDERS: set[str] = set()
"""Folders that are removed when Ctrl-C ends the process."""


def end_on_interrupt() -> None:
    """Have Ctrl-C end the process at once, with exit code 130 and without a traceback.

    Python would raise KeyboardInterrupt wherever it is, in imports and in the code that ends Node.js too, and show
    where that was. What is being written can bear an end at any moment.
    """
    signal.signal(signal.SIGINT, _end)


def _end(*_: object) -> None:
    import shutil  # noqa: PLC0415

    os.write(2, b"\nInterrupted.\n")
    for folder in TEMPORARY_FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(INTERRUPTED)
