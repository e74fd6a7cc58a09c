"""The paths of a configuration file: from its folder, wherever the command runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

KEY = "extraManifests"


def with_paths(data: Any, folder: Path) -> Any:  # noqa: ANN401 -- whatever the file holds
    """Return the file's data with the paths that it names from its folder as paths from the working directory."""
    if not isinstance(data, dict) or not isinstance(data.get(KEY), list):
        return data
    return {**data, KEY: [str(folder / path) if isinstance(path, str) and path else path for path in data[KEY]]}
