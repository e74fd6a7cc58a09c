"""Values that a chart does not know: they have no effect, and Helm does not say so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import ChartError
from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from cdk8s_eks_gpu.charts.archive import Chart

_HELMS_OWN = frozenset({"global", "tags"})


def refuse_unknown_values(chart: Chart, values: Mapping[str, JsonValue]) -> None:
    """Do nothing if every value may have an effect.

    Raises:
        ChartError: Some are in no values.yaml and in no template of the chart. The message names each.
    """
    problems = list(_unknown(chart, values, ()))
    if problems:
        raise ChartError(f"values that {chart.name} {chart.version} does not know: {'; '.join(problems)}")


def _unknown(chart: Chart, values: Mapping[str, JsonValue], prefix: tuple[str, ...]) -> Iterator[str]:
    for key, value in values.items():
        if key in chart.sub_charts:
            sub = chart.sub_charts[key]
            if sub is not None and isinstance(value, Mapping):
                yield from _unknown(sub, value, (*prefix, key))
        elif not prefix or key != "enabled":  # which Helm itself reads of a sub-chart
            yield from _unknown_at(_Known(chart), prefix, chart.values, {key: value}, ())


def _unknown_at(
    known: _Known,
    prefix: tuple[str, ...],
    defaults: Mapping[str, JsonValue],
    values: Mapping[str, JsonValue],
    path: tuple[str, ...],
) -> Iterator[str]:
    if known.takes_all(path):
        return
    for key, value in values.items():
        here, default = (*path, key), defaults.get(key)
        if key not in defaults and not known.has(here):
            where = ".".join((*prefix, *here))
            yield f"'{where}'{did_you_mean(key, [*defaults, *known.below(path)])}"
        elif isinstance(value, Mapping) and (default or (key not in defaults and known.below(here))):
            yield from _unknown_at(known, prefix, default if isinstance(default, Mapping) else {}, value, here)


class _Known:
    """What the templates of a chart read of its values."""

    def __init__(self, chart: Chart) -> None:
        self._text = "\n".join(chart.templates.values())

    def takes_all(self, path: tuple[str, ...]) -> bool:
        """Whether a template takes the values at the path as a whole, whatever their names."""
        return re.search(_pattern(path) + r"(?![\w.])", self._text) is not None

    def has(self, path: tuple[str, ...]) -> bool:
        """Whether a template reads the value at the path, or one below it."""
        helms = len(path) == 1 and path[0] in _HELMS_OWN
        return helms or re.search(_pattern(path) + r"(?!\w)", self._text) is not None

    def below(self, path: tuple[str, ...]) -> set[str]:
        """Return the names that templates read of the values at the path."""
        return set(re.findall(_pattern(path) + r"\.(\w+)", self._text))


def _pattern(path: tuple[str, ...]) -> str:
    return re.escape(".".join((".Values", *path)))
