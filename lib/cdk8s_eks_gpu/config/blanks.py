"""Keys with nothing behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Path


def blanks(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 -- whatever the file holds
    """Find each key and list item without a value: `nvidia:` alone would silently mean that there is no plugin.

    Only in the values of a chart does null mean something: Helm then drops the chart's own default.
    """
    if data is None:
        yield path, "has no value: write {} for the defaults, or remove the key" if path else "the file is empty"
    elif isinstance(data, dict):
        for key, value in data.items():
            if not is_chart_values((*path, key)):
                yield from blanks(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from blanks(value, (*path, index))


def is_chart_values(path: Path) -> bool:
    """Whether the path is that of a chart's values, or below."""
    return path[:1] == ("plugins",) and "values" in path[1:]
