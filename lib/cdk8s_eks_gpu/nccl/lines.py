r"""The text of a log -> its lines, without what terminals and log collectors put around them.

Prefixes of mpirun (`[1,0]<stdout>:`), srun (`0:`), kubectl (`[pod/name/container]`) and clocks stay: what reads the
lines looks for its words anywhere in a line.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")
_MESSAGE_KEYS = ("log", "message", "msg")


def log_lines(log: str) -> list[str]:
    """Return the lines of a log, without escape codes; of a line of JSON, its `log`, `message` or `msg`."""
    return [line for raw in re.split(r"\r\n|\n|\r", _ESCAPES.sub("", log)) for line in _message(raw)]


def _message(line: str) -> Iterator[str]:
    """Yield the lines in a message that a log collector (Docker, Fluent Bit, CloudWatch) wrapped in JSON."""
    if line.lstrip().startswith("{"):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            for key in _MESSAGE_KEYS:
                if isinstance(record.get(key), str):
                    yield from _ESCAPES.sub("", record[key]).rstrip("\n").split("\n")
                    return
    yield line
