"""A Helm release, and the key that its rendering is stored under."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

    from cdk8s_eks_gpu.config.helm import ChartValues

FLAGS = ("--include-crds", "--no-hooks")
"""How Helm is told to render: with CRDs, which it leaves out otherwise, and without hooks, which kubectl would run."""

RULES = 1
"""The version of the rules in `manifests` that Helm's output goes through; a new one makes every rendering anew."""


@dataclass(frozen=True)
class Chart:
    """A chart of a repository at one version, as `lock.json` pins it by its archive's sha256."""

    repository: str
    name: str
    version: str

    def __str__(self) -> str:
        """Name the chart in messages."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Release:
    """A chart with all that decides what it renders to.

    Attributes:
        values: Layers of values over the chart's own; a later layer wins, as with Helm's repeated `--values`.
    """

    chart: Chart
    name: str
    namespace: str
    kubernetes_version: str
    values: tuple[ChartValues, ...] = ()

    def inputs(self, sha256: str) -> dict[str, JsonValue]:
        """Return all that decides the rendering, as plain data; the archive is known by its digest."""
        return {
            "chart": self.chart.name,
            "version": self.chart.version,
            "sha256": sha256,
            "release": self.name,
            "namespace": self.namespace,
            "kubernetesVersion": self.kubernetes_version,
            "values": [dict(layer) for layer in self.values if layer],
            "flags": list(FLAGS),
            "rules": RULES,
        }

    def file_name(self, sha256: str) -> str:
        """Return the file that the rendering is stored in: named for people, keyed by the digest of its inputs."""
        canonical = json.dumps(self.inputs(sha256), sort_keys=True, separators=(",", ":"))
        key = hashlib.sha256(canonical.encode()).hexdigest()[:16]
        return f"{self.chart.name}-{self.chart.version}-{key}.json"
