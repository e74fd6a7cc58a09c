"""Chart values: options as plain values, and what Helm does with layers of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic import JsonValue

    from cdk8s_eks_gpu.config.containers import Image
    from cdk8s_eks_gpu.config.model import Options

ValuePath = tuple[str, ...]


def plain(options: Options) -> dict[str, JsonValue]:
    """Return what the options say, under Kubernetes' names, without what they leave out."""
    return options.model_dump(mode="json", by_alias=True, exclude_none=True)


def plain_list(options: Iterable[Options]) -> list[JsonValue]:
    """Return what each of the options says."""
    return [plain(each) for each in options]


def given(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the values without those that are None or empty, so that the chart's own stay."""
    return {key: value for key, value in values.items() if value is not None and value not in ({}, [])}


def image_values(image: Image | None, repository: str | None) -> dict[str, JsonValue]:
    """Return the image's values: what the user says of it, else the repository given, else nothing."""
    said = plain(image) if image is not None else {}
    return given({"repository": repository}) | said


def pull_secrets(names: Sequence[str]) -> list[JsonValue]:
    """Return the secrets' names as Kubernetes wants them."""
    return [{"name": name} for name in names]


def merged(*layers: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the layers as one, as Helm merges values: maps key by key, everything else by its last layer."""
    result: dict[str, JsonValue] = {}
    for layer in layers:
        for key, value in layer.items():
            under = result.get(key)
            if isinstance(under, Mapping) and isinstance(value, Mapping):
                result[key] = merged(under, value)
            else:
                result[key] = value
    return result


def value_at(values: Mapping[str, JsonValue], path: ValuePath) -> JsonValue:
    """Return the value at the path, or None if there is none."""
    found: JsonValue = dict(values)
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def value_paths(values: Mapping[str, JsonValue], under: ValuePath = ()) -> Iterator[ValuePath]:
    """Return the path of every value that is not itself a map of others."""
    for key, value in values.items():
        path = (*under, key)
        if isinstance(value, Mapping) and value:
            yield from value_paths(value, path)
        else:
            yield path


def nested(path: ValuePath, value: JsonValue) -> dict[str, JsonValue]:
    """Return values with nothing but the one at the path."""
    for key in reversed(path):
        value = {key: value}
    return dict(value) if isinstance(value, Mapping) else {}
