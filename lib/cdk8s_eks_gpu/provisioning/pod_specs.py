"""The pods that the manifests make, wherever in an object they are written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.manifests.field import Field
from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths
from cdk8s_eks_gpu.provisioning.workload import Workload, read_workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject, Path


@dataclass(frozen=True, eq=False)
class PodSpec:
    """The spec of a pod that an object makes.

    Attributes:
        owner: The object.
        path: Where in the object the spec stands.
        spec: The spec.
    """

    owner: KubernetesObject
    path: Path
    spec: dict[str, Any]

    @cached_property
    def workload(self) -> Workload:
        """Return the pod as a scheduler sees it. What cannot be read counts as absent."""
        return read_workload(Field(self.owner.data, "", []), Field(self.spec, "", []), self.owner.name)

    def asks_for(self, *resources: str) -> bool:
        """Return whether it asks for some of one of the resources. DaemonSets do not count: they drive the devices."""
        requests = self.workload.requests
        return not self.workload.is_daemon and any(requests.get(name) for name in resources)

    def containers(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield the containers and init containers, each with its path in the object."""
        for field in ("initContainers", "containers"):
            containers = self.spec.get(field)
            for index, container in enumerate(containers if isinstance(containers, list) else ()):
                if isinstance(container, dict):
                    yield (*self.path, field, index), container

    @cached_property
    def images(self) -> tuple[str, ...]:
        """Return the images of its containers."""
        images = (container.get("image") for _, container in self.containers())
        return tuple(image for image in images if isinstance(image, str))


def pod_specs(judged: KubernetesObject) -> Iterator[PodSpec]:
    """Yield the pod specs of an object: where Kubernetes' own kinds have them, and by their form in other kinds."""
    for path in pod_spec_paths(judged.data):
        spec = judged.get(*path)
        if isinstance(spec, dict):
            yield PodSpec(judged, path, spec)
