"""The versions in the text of a `cluster.yaml`: only their own characters change, comments and order stay."""

from __future__ import annotations

import re

from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests.single_document import read_document

# What stands before a scalar and belongs to it: an anchor, a tag.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


def with_versions(text: str, source: str, karpenter: str | None, kubernetes: str | None) -> str:
    """Return the text of a configuration with other versions; None leaves one as it is.

    Raises:
        ConfigError: The file is not YAML, or does not say a version itself.
    """
    for key, version in (("karpenterVersion", karpenter), ("kubernetesVersion", kubernetes)):
        if version is not None:
            text = _with_version(text, source, key, version.removeprefix("v"))
    return text


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
