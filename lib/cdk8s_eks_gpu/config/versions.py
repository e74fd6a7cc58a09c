"""The versions in the text of a `cluster.yaml`: only their own characters change, comments and order stay."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.config.extends import read_layers
from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests.single_document import read_document, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping

# What stands before a scalar and belongs to it: an anchor, a tag.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


def with_versions(path: str, karpenter: str | None, kubernetes: str | None, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the files in which a configuration says its versions, with other ones.

    Args:
        path: The configuration.
        karpenter: Karpenter's version; None leaves it as it is.
        kubernetes: Kubernetes' version, likewise.
        texts: The texts of files that have changed already, since other configurations extend them too.

    Raises:
        ConfigError: A file is not YAML, or does not say the version as a plain value.
    """
    document = read_document(texts[path], path) if path in texts else read_file(path)
    layers, changed = read_layers(document, path), dict(texts)
    for key, version in (("karpenterVersion", karpenter), ("kubernetesVersion", kubernetes)):
        if version is not None:
            file = layers.layer(("cluster", key)).source
            text = changed.get(file) or Path(file).read_bytes().decode()  # with the ends of lines that it has
            changed[file] = _with_version(text, file, key, version.removeprefix("v"))
    return changed


def _with_version(text: str, source: str, key: str, version: str) -> str:
    document = read_document(text, source)
    place = document.span(("cluster", key))
    if place is None:
        problem = f'is not said here as a plain value: write `{key}: "{version}"` there'
        raise ConfigError(source, [Problem(f"cluster.{key}", problem, document.line(("cluster", key)))])
    start, end = place
    properties = _PROPERTIES.match(text, start, end)
    start = properties.end() if properties else start
    quote = text[start] if text[start] in "\"'" else '"'
    return f"{text[:start]}{quote}{version}{quote}{text[end:]}"
