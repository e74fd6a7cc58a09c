"""What one place of the configuration says of another: `${cluster.name}`, and names of node classes and pools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple["str | int", ...]

_REFERENCE = re.compile(r"\$\{cluster\.([^}]*)\}")


def resolve(data: Any) -> tuple[Any, list[tuple[Path, str]]]:  # noqa: ANN401 -- whatever the file holds
    """Put the values of `cluster` in place of `${cluster.KEY}`, everywhere but in `cluster` itself.

    Returns:
        The data, and a path and a message for each reference that leads nowhere. `${...}` of any other form stays as it
        is: user data is a shell script.
    """
    cluster = data.get("cluster") if isinstance(data, dict) else None
    known = (
        {key: value for key, value in cluster.items() if isinstance(value, str)} if isinstance(cluster, dict) else {}
    )
    problems: list[tuple[Path, str]] = []

    def replaced(value: Any, path: Path) -> Any:  # noqa: ANN401 -- as above
        if isinstance(value, dict):
            return {key: replaced(child, (*path, key)) for key, child in value.items()}
        if isinstance(value, list):
            return [replaced(child, (*path, index)) for index, child in enumerate(value)]
        if not isinstance(value, str):
            return value
        for key in _REFERENCE.findall(value):
            if key not in known:
                allowed = ", ".join(f"${{cluster.{name}}}" for name in known)
                problems.append((path, f"${{cluster.{key}}} is not known{did_you_mean(key, known)} (known: {allowed})"))
        return _REFERENCE.sub(lambda match: known.get(match[1], match[0]), value)

    if not isinstance(data, dict):
        return data, problems
    return {key: value if key == "cluster" else replaced(value, (key,)) for key, value in data.items()}, problems


def dangling(data: Any) -> list[tuple[Path, str]]:  # noqa: ANN401 -- whatever the file holds
    """Return a path and a message for each name of a node class or pool that the configuration does not define.

    The data may be wrong in any other way: those problems are found elsewhere, and all are told at once.
    """
    problems: list[tuple[Path, str]] = []
    for path, name, section in _names(data):
        known = _mapping(data, section)
        if known and isinstance(name, str) and name not in known:
            problems.append((path, f"'{name}' is not in {section} ({', '.join(known)}){did_you_mean(name, known)}"))
    return problems


def _names(data: Any) -> Iterator[tuple[Path, object, str]]:  # noqa: ANN401 -- as above
    for pool in _mapping(data, "nodePools"):
        yield ("nodePools", pool, "nodeClass"), _mapping(data, "nodePools", pool).get("nodeClass"), "nodeClasses"
    for test in _mapping(data, "smokeTests"):
        yield ("smokeTests", test, "nodePool"), _mapping(data, "smokeTests", test).get("nodePool"), "nodePools"


def _mapping(data: Any, *path: str) -> Mapping[str, Any]:  # noqa: ANN401 -- as above
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}
