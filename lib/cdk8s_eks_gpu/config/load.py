"""`cluster.yaml` -> ClusterConfig, or every problem in it at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from cdk8s_eks_gpu.config.advice import warn
from cdk8s_eks_gpu.config.blanks import blanks
from cdk8s_eks_gpu.config.cluster import ClusterConfig
from cdk8s_eks_gpu.config.extra_paths import with_paths
from cdk8s_eks_gpu.config.problems import describe
from cdk8s_eks_gpu.config.references import dangling, resolve
from cdk8s_eks_gpu.config.releases import newer_than_karpenter
from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests import path_text
from cdk8s_eks_gpu.manifests.single_document import read_document, read_file

if TYPE_CHECKING:
    from cdk8s_eks_gpu.manifests import Document


def load_cluster(path: str | Path) -> ClusterConfig:
    """Read and check a configuration file.

    Raises:
        ConfigError: The file cannot be read, is not YAML, or says something that cannot be. All problems are in it,
            each with its path and line.

    Warns:
        ConfigWarning: It says something that works, and had better be said otherwise.
    """
    return _checked(read_file(path), str(path))


def parse_cluster(text: str, source: str) -> ClusterConfig:
    """Check the text of a configuration file; `source` names it in errors.

    Raises:
        ConfigError: As `load_cluster`.
    """
    return _checked(read_document(text, source), source)


def _checked(document: Document, source: str) -> ClusterConfig:
    data, found = resolve(document.data)
    found += [*dangling(data), *blanks(data), *newer_than_karpenter(data)]
    problems = [Problem(path_text(path), message, document.line(path)) for path, message in found]
    config = None
    data = with_paths(data, Path(source).parent)
    try:
        # JSON is how pydantic tells data of a file from Python's: strict, but a list may become any sequence.
        config = ClusterConfig.model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += describe(error, ClusterConfig, document)
    if problems or config is None:
        raise ConfigError(source, problems)
    warn(config, document, source)
    return config
