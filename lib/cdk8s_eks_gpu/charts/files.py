"""Files of the store: written whole, or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Mapping


def to_json(data: object) -> str:
    """Return the data as the store has it: one value a line, so that a diff reads well."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def write_json(files: Mapping[Path, object]) -> None:
    """Replace the files, each in one step: whoever reads at the same time, or after a kill, sees old or new ones whole.

    Raises:
        ChartError: One cannot be written (a full disk, a read-only folder). All old files stay.
    """
    written: dict[Path, Path] = {}
    try:
        for file, data in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            # Not NamedTemporaryFile: where a full disk is noticed at the end, it holds the file to be left open.
            descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".tmp")
            written[Path(name)] = file
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as handle:
                handle.write(to_json(data))
        for temporary, file in written.items():
            temporary.chmod(0o644)
            temporary.replace(file)
    except OSError as error:
        for temporary in written:
            temporary.unlink(missing_ok=True)
        raise ChartError(f"{', '.join(map(str, files))} cannot be written: {error.strerror}") from None
