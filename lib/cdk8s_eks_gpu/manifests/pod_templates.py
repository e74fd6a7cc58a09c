"""Where objects have the specs of the pods that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests.path import Path

_TEMPLATE = ("spec", "template", "spec")
_POD_SPECS: dict[str, Path] = {
    "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
    "DaemonSet": _TEMPLATE,
    "Deployment": _TEMPLATE,
    "Job": _TEMPLATE,
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "ReplicaSet": _TEMPLATE,
    "ReplicationController": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
}
"""Where the kinds of Kubernetes have the spec of their pods."""


def pod_spec_paths(manifest: Any) -> Iterator[Path]:  # noqa: ANN401 -- any YAML
    """Yield where a manifest has the specs of the pods that it makes.

    The kinds of Kubernetes have theirs at a known place. In any other manifest, such as an operator's job, a pod
    template is whatever has containers under `spec`; a CRD has schemas.
    """
    kind = manifest.get("kind") if isinstance(manifest, dict) else None
    path = _POD_SPECS.get(kind) if isinstance(kind, str) and "." not in _group(manifest) else None
    if path:
        yield path
    elif kind != "CustomResourceDefinition":
        yield from _search(manifest)


def _group(manifest: dict[str, Any]) -> str:
    """Return the API group; those of Kubernetes' own kinds with pods have no dot, unlike `batch.volcano.sh`."""
    return str(manifest.get("apiVersion", "")).rpartition("/")[0]


def _search(value: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401 -- any YAML
    """Yield the paths of all mappings `spec` that have a list of containers."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in entries:
        if step == "spec" and isinstance(inner, dict) and isinstance(inner.get("containers"), list):
            yield (*path, step)
        elif isinstance(inner, dict | list):
            yield from _search(inner, (*path, step))
