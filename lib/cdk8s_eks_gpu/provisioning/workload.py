"""A pod, or the pods that a workload makes, as a scheduler sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths
from cdk8s_eks_gpu.provisioning.resources import read_requests
from cdk8s_eks_gpu.requirements.node_selector import read_node_affinity, read_tolerations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from cdk8s_eks_gpu.manifests.field import Field
    from cdk8s_eks_gpu.requirements import Requirements, Toleration


@dataclass(frozen=True)
class Workload:
    """What the pods of a workload ask for.

    Attributes:
        kind: The manifest's kind, such as `Job`.
        name: The manifest's name; of several pod templates in one manifest, with the path of the template.
        namespace: The manifest's namespace, or an empty text.
        alternatives: What it asks of the node's labels; one of these must hold.
        tolerations: What it tolerates.
        requests: What one pod asks for, by resource, in base units.
    """

    kind: str
    name: str
    namespace: str
    alternatives: tuple[Requirements, ...]
    tolerations: tuple[Toleration, ...]
    requests: Mapping[str, Decimal]

    @property
    def is_daemon(self) -> bool:
        """Whether every node that fits gets one of its pods, so that it is part of the nodes' overhead."""
        return self.kind == "DaemonSet"

    def __str__(self) -> str:
        """Return kind and name, as kubectl writes them: `Job/train`."""
        return f"{self.kind}/{self.name}"


def read_workloads(manifest: Field) -> Iterator[Workload]:
    """Yield a workload for each pod template of a manifest; what is wrong with it is noted in the field."""
    name = manifest["metadata"]["name"].text()
    specs = [_at(manifest, path) for path in pod_spec_paths(manifest.value)]
    for spec in specs:
        template = spec.path.removesuffix(".spec").removesuffix(".template")
        yield read_workload(manifest, spec, name if len(specs) == 1 else f"{name}/{template}")


def read_workload(manifest: Field, spec: Field, name: str) -> Workload:
    """Return the workload of a manifest that makes pods with this spec; what is wrong with it is noted in the field."""
    return Workload(
        kind=manifest["kind"].text(),
        name=name,
        namespace=manifest["metadata"]["namespace"].text(),
        alternatives=read_node_affinity(spec),
        tolerations=read_tolerations(spec["tolerations"]),
        requests=read_requests(spec),
    )


def _at(field: Field, path: tuple[str | int, ...]) -> Field:
    for step in path:
        field = field[step] if isinstance(step, str) else list(field.items())[step]
    return field
