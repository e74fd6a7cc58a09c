"""All that decides what a Helm release renders to, and the file that its rendering is stored in."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions

FLAGS = ("--include-crds", "--no-hooks")
"""How Helm is told to render: with CRDs, which it leaves out otherwise, and without hooks, which kubectl would run."""

RULES = 1
"""The version of the rules in `manifests` that Helm's output goes through; a new one makes every rendering anew."""


def inputs(release: HelmReleaseOptions, sha256: str) -> dict[str, JsonValue]:
    """Return all that decides the rendering, as plain data; the chart's archive is known by its digest."""
    return {
        "chart": release.chart,
        "version": release.version,
        "sha256": sha256,
        "release": release.release,
        "namespace": release.namespace,
        "kubernetesVersion": release.kubernetes_version,
        "values": [dict(layer) for layer in release.values if layer],
        "flags": list(FLAGS),
        "rules": RULES,
    }


def file_name(release: HelmReleaseOptions, sha256: str) -> str:
    """Return the file that the rendering is stored in: named for people, keyed by the digest of its inputs."""
    canonical = json.dumps(inputs(release, sha256), sort_keys=True, separators=(",", ":"))
    key = hashlib.sha256(canonical.encode()).hexdigest()[:16]
    return f"{release.chart}-{release.version}-{key}.json"
