"""All that decides what a Helm release renders to, and the file that its rendering is stored in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests.single_document import read_file

if TYPE_CHECKING:
    from pydantic import JsonValue

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions

FLAGS = ("--include-crds", "--no-hooks")
"""The options that Helm renders with: CRDs, which it leaves out otherwise, and no hooks, which kubectl would run."""

KEY_LENGTH = 16
"""How many hex digits of the digest a file's name has."""

RULES = 1
"""The version of the rules in `manifests` that Helm's output goes through; a new one makes every rendering anew."""


def layers(release: HelmReleaseOptions) -> list[dict[str, JsonValue]]:
    """Return the layers of values that are not empty: those of the files first, then the plain ones.

    Raises:
        ConfigError: A values file cannot be read, or is not a mapping.
    """
    found: list[JsonValue] = []
    for name in release.values_files:
        data = read_file(name).data
        if not isinstance(data, dict | None):
            raise ConfigError(name, [Problem("", "values of a chart are a mapping (key: value)")])
        found.append(data)
    return [dict(layer) for layer in (*found, *release.values) if isinstance(layer, Mapping) and layer]


def inputs(release: HelmReleaseOptions, sha256: str) -> dict[str, JsonValue]:
    """Return all that decides the rendering, as plain data; the chart's archive is known by its digest."""
    return {
        "chart": release.chart,
        "version": release.version,
        "sha256": sha256,
        "release": release.release,
        "namespace": release.namespace,
        "kubernetesVersion": release.kubernetes_version,
        "values": [*layers(release)],
        "flags": list(FLAGS),
        "rules": RULES,
    }


def key_of(data: Mapping[str, Any]) -> str:
    """Return the digest that data is known by in the name of a file."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:KEY_LENGTH]
