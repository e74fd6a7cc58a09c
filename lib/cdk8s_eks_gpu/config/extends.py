"""A configuration file on top of another: `extends: base.yaml`.

Mappings are merged key by key. Any other value takes the place of the base's: a list is replaced as a whole. A key
whose value is null removes the base's. (In the `values` of a chart null stays, since it means something to Helm.)
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.config.blanks import is_chart_values
from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.manifests import Document, path_text
from cdk8s_eks_gpu.manifests import Path as Place
from cdk8s_eks_gpu.manifests.single_document import read_document, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


EXTENDS = "extends"


class Layer(Struct, frozen=True):
    """One of the files that a configuration is made of.

    Attributes:
        source: The file's name in messages.
        document: What it says.
    """

    source: str
    document: Document


class Layers(Struct, frozen=True):
    """A configuration file with those below it.

    Attributes:
        files: The files: the one that was named, the one that it extends, and so on.
        data: What they say together, without `extends`.
        problems: What cannot be merged.
    """

    files: tuple[Layer, ...]
    data: Any
    problems: tuple[Problem, ...] = ()

    def problem(self, path: Place, message: str) -> Problem:
        """Return a problem of the value at the path, in the file that it stands in."""
        return _problem(self.layer(path), path, message)

    def missing(self, path: Place, message: str) -> Problem:
        """Return a problem of what none of the files says: the one that was named should."""
        return _problem(self.files[0], path, message)

    def text(self, path: Place) -> str | None:
        """Return the scalar at the path as it is written, or None if there is none."""
        return self.layer(path).document.text(path)

    def layer(self, path: Place) -> Layer:
        """Return the file that says the value at the path; of one that is nowhere, the file of what is around it."""
        here = list(self.files)
        values = [layer.document.data for layer in here]
        for key in path:
            deeper = [(layer, value[key]) for layer, value in zip(here, values, strict=True) if _has(value, key)]
            mappings = []
            for layer, value in deeper:
                if not isinstance(value, dict):
                    break
                mappings.append((layer, value))
            if not mappings:
                return deeper[0][0] if deeper else here[0]
            here, values = [layer for layer, _ in mappings], [value for _, value in mappings]
        return here[0]


def _problem(layer: Layer, path: Place, message: str) -> Problem:
    return Problem(path_text(path), message, layer.document.line(path), layer.source)


def _has(value: Any, key: str | int) -> bool:  # noqa: ANN401 -- whatever the file holds
    return isinstance(value, dict) and key in value


def read_layers(document: Document, source: str, texts: Mapping[str, str] | None = None) -> Layers:
    """Return a configuration with the files that it extends, each looked for beside the one that names it.

    Args:
        document: What the file says.
        source: The file's name.
        texts: By file, texts that count in place of what the extended files hold.

    Raises:
        ConfigError: A file is missing, cannot be read, or extends itself in the end.
    """
    layers = [Layer(source, document)]
    seen = {_identity(source)}
    while (base := _base_of(layers[-1])) is not None:
        identity = _identity(base)
        if identity in seen:
            way = " extends ".join([*(layer.source for layer in layers), base])
            raise _error(layers[-1], f"goes in a circle: {way}")
        seen.add(identity)
        layers.append(Layer(base, _read(base, layers[-1], texts or {})))
    data, problems = _merged(layers)
    return Layers(tuple(layers), data, tuple(problems))


def _base_of(layer: Layer) -> str | None:
    data = layer.document.data
    if not isinstance(data, dict) or EXTENDS not in data:
        return None
    base = data[EXTENDS]
    if not isinstance(base, str) or not base:
        raise _error(layer, "must be the name of a file, such as base.yaml")
    return os.path.normpath(Path(layer.source).parent / base)


def _read(base: str, by: Layer, texts: Mapping[str, str]) -> Document:
    if not Path(base).is_file():
        folder = Path(base).parent
        there = (
            sorted(path.name for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
            if folder.is_dir()
            else []
        )
        reason = "is a folder, not a file" if Path(base).is_dir() else "is not there"
        raise _error(by, f"{base} {reason}{did_you_mean(Path(base).name, there)}")
    document = read_document(texts[base], base) if base in texts else read_file(base)
    if document.data is not None and not isinstance(document.data, dict):
        raise ConfigError(base, [Problem("", "must be a mapping (key: value)", document.line())])
    return document


def _identity(file: str) -> str:
    return os.path.realpath(file)


def _error(layer: Layer, message: str) -> ConfigError:
    return ConfigError(layer.source, [Problem(EXTENDS, message, layer.document.line((EXTENDS,)))])


def _merged(layers: Sequence[Layer]) -> tuple[Any, list[Problem]]:
    top, *below = layers
    if not below:
        return top.document.data, []
    problems: list[Problem] = []
    data: Any = {}
    for layer in reversed(layers):
        own = {key: value for key, value in (layer.document.data or {}).items() if key != EXTENDS}
        data = own if layer is layers[-1] else _merge(data, own, (), layer, problems)
    return data, problems


def _merge(base: dict[str, Any], own: dict[str, Any], path: Place, layer: Layer, problems: list[Problem]) -> Any:  # noqa: ANN401
    merged = dict(base)
    for key, value in own.items():
        place = (*path, key)
        if value is None and not is_chart_values(path):
            if key not in base:
                hint = did_you_mean(key, base)
                message = f"null removes what the extended file says, and it does not say this{hint}"
                problems.append(_problem(layer, place, message))
            merged.pop(key, None)
        elif isinstance(value, dict):
            below = base.get(key)
            merged[key] = _merge(below if isinstance(below, dict) else {}, value, place, layer, problems)
        else:
            merged[key] = value
    return merged
