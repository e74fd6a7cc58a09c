"""References to objects that a kustomization renames, in pods and in bindings of roles.

Source: https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/konfig/builtinpluginconsts/namereference.go
(Kustomize 5.5); of its list, what a pod and a binding refer to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Manifest = dict[str, Any]
_VOLUMES = {
    "ConfigMap": ("configMap", "name"),
    "Secret": ("secret", "secretName"),
    "PersistentVolumeClaim": ("persistentVolumeClaim", "claimName"),
}
_SOURCES = {
    "ConfigMap": ("configMapRef", "configMapKeyRef", "configMap"),
    "Secret": ("secretRef", "secretKeyRef", "secret"),
}
_FIELDS = {
    "ServiceAccount": "serviceAccountName",
    "PriorityClass": "priorityClassName",
    "RuntimeClass": "runtimeClassName",
}


def follow(manifest: Manifest, renamed: Mapping[tuple[str, str], str]) -> None:
    """Write the new names of objects, by kind and old name, into an object that nothing else refers to."""
    for kind, place, field in _references(manifest):
        name = renamed.get((kind, str(place.get(field))))
        if name is not None:
            place[field] = name


def _references(manifest: Manifest) -> Iterator[tuple[str, Manifest, str]]:
    """Yield the kind that each reference is to, the mapping that holds it, and its key."""
    for path in pod_spec_paths(manifest):
        yield from _of_pod(Cursor(manifest).at(*path))
    binding = Cursor(manifest)
    yield str(binding["roleRef"]["kind"].value), binding["roleRef"].mapping(), "name"
    for subject in binding["subjects"].objects():
        yield str(subject["kind"].value), subject.mapping(), "name"


def _of_pod(spec: Cursor) -> Iterator[tuple[str, Manifest, str]]:
    for kind, field in _FIELDS.items():
        yield kind, spec.mapping(), field
    for secret in spec["imagePullSecrets"].objects():
        yield "Secret", secret.mapping(), "name"
    for volume in spec["volumes"].objects():
        for kind, (source, field) in _VOLUMES.items():
            yield kind, volume[source].mapping(), field
        yield from _sources(volume["projected"]["sources"])
    for containers in ("initContainers", "containers"):
        for container in spec[containers].objects():
            yield from _sources(container["envFrom"])
            for variable in container["env"].objects():
                yield from _source(variable["valueFrom"])


def _sources(sources: Cursor) -> Iterator[tuple[str, Manifest, str]]:
    for source in sources.objects():
        yield from _source(source)


def _source(source: Cursor) -> Iterator[tuple[str, Manifest, str]]:
    for kind, names in _SOURCES.items():
        for name in names:
            yield kind, source[name].mapping(), "name"
