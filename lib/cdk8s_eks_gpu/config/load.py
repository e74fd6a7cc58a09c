"""`cluster.yaml` -> ClusterConfig, or every problem in it at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ValidationError

from cdk8s_eks_gpu.config.advice import warn
from cdk8s_eks_gpu.config.blanks import blanks
from cdk8s_eks_gpu.config.cluster import ClusterConfig
from cdk8s_eks_gpu.config.extends import Layers, read_layers
from cdk8s_eks_gpu.config.feature_gates import gate_problems
from cdk8s_eks_gpu.config.problems import describe
from cdk8s_eks_gpu.config.references import dangling, resolve
from cdk8s_eks_gpu.config.releases import newer_than_karpenter
from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests.single_document import read_document, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cdk8s_eks_gpu.manifests import Document


_EXTRA_MANIFESTS = "extraManifests"


class Loaded(Struct, frozen=True):
    """A configuration with what its files say.

    Attributes:
        config: The configuration.
        layers: The file, and those that it extends.
    """

    config: ClusterConfig
    layers: Layers


def load_cluster(path: str | Path, texts: Mapping[str, str] | None = None) -> ClusterConfig:
    """Read and check a configuration file.

    Args:
        path: The file; `-` is standard input.
        texts: By file, texts that count in place of what this file, and those that it extends, hold.

    Raises:
        ConfigError: The file cannot be read, is not YAML, or says something that cannot be. All problems are in it,
            each with its path and line.

    Warns:
        ConfigWarning: It says something that works, and had better be said otherwise.
    """
    return _load(str(path), texts).config


def load_clusters(paths: Iterable[str], texts: Mapping[str, str] | None = None) -> dict[str, ClusterConfig]:
    """Read and check several configuration files, by their paths.

    Args:
        paths: The files.
        texts: As in `load_cluster`.

    Raises:
        ConfigError: Some of them cannot be used. All problems of all files are in it; those of a file that several
            extend are in it once.

    Warns:
        ConfigWarning: As `load_cluster`.
    """
    return {path: each.config for path, each in load_with_layers(paths, texts).items()}


def load_with_layers(paths: Iterable[str], texts: Mapping[str, str] | None = None) -> dict[str, Loaded]:
    """Read and check several configuration files, and keep what each of them says; for the rest as `load_clusters`."""
    loaded: dict[str, Loaded] = {}
    problems: dict[Problem, None] = {}
    for path in paths:
        try:
            loaded[path] = _load(path, texts)
        except ConfigError as error:
            problems |= {replace(each, file=each.file or error.source): None for each in error.problems}
    if problems:
        first = next(iter(problems))
        raise ConfigError(first.file or "", list(problems))
    return loaded


def parse_cluster(text: str, source: str) -> ClusterConfig:
    """Check the text of a configuration file; `source` names it in errors.

    Raises:
        ConfigError: As `load_cluster`.
    """
    return _checked(read_document(text, source), source).config


def _load(source: str, texts: Mapping[str, str] | None) -> Loaded:
    document = read_document(texts[source], source) if texts and source in texts else read_file(source)
    return _checked(document, source, texts)


def _checked(document: Document, source: str, texts: Mapping[str, str] | None = None) -> Loaded:
    layers = read_layers(document, source, texts)
    data, found = resolve(layers.data)
    found += [*dangling(data), *blanks(data), *newer_than_karpenter(data), *gate_problems(data)]
    problems = [*layers.problems, *(layers.problem(path, message) for path, message in found)]
    config = None
    data = _with_paths(data, Path(layers.layer((_EXTRA_MANIFESTS,)).source).parent)
    try:
        # JSON is how pydantic tells data of a file from Python's: strict, but a list may become any sequence.
        config = ClusterConfig.model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += describe(error, ClusterConfig, layers)
    if problems or config is None:
        raise ConfigError(source, problems)
    warn(config, layers)
    return Loaded(config, layers)


def _with_paths(data: Any, folder: Path) -> Any:  # noqa: ANN401 -- whatever the file holds
    """Return the file's data with the paths that it names from its folder as paths from the working directory."""
    files = data.get(_EXTRA_MANIFESTS) if isinstance(data, dict) else None
    if not isinstance(files, list):
        return data
    paths = [str(folder / path) if isinstance(path, str) and path else path for path in files]
    return {**data, _EXTRA_MANIFESTS: paths}
