"""Files of the store: written whole, or not at all."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from cdk8s_eks_gpu.errors import ChartError


def to_json(data: object) -> str:
    """Return the data as the store has it: one value a line, so that a diff reads well."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def write_json(file: Path, data: object) -> None:
    """Replace the file in one step: whoever reads at the same time, or after a kill, sees the old or the new one whole.

    Raises:
        ChartError: It cannot be written (a full disk, a read-only folder). The old file stays.
    """
    temporary = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=file.parent, prefix=".", suffix=".tmp", encoding="utf-8", newline="\n", delete=False
        ) as handle:
            temporary = Path(handle.name)
            handle.write(to_json(data))
        temporary.chmod(0o644)
        temporary.replace(file)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ChartError(f"{file} cannot be written: {error.strerror}") from None
