"""Settings for a process that synthesises once and ends; a library must not make them for its user."""

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Iterator


def tune() -> None:
    """Make a process that lives half a second live shorter. Call it before the imports that take most of its time.

    Measured with `make bench`: a sixth of the whole process (docs/decisions/0006).
    """
    gc.disable()  # What is garbage goes with the process.
    atexit.register(gc.freeze)  # Nor need Python look through all objects when it ends.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # It would look for some in every package that is installed.
    sys.setswitchinterval(0.0005)  # Seconds that an answer of Node.js waits for the thread that imports.


@contextlib.contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Keep Python from looking for garbage while millions of objects are made that all stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
