"""A pod, or the pods that a workload makes, as a scheduler sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.explain.resources import read_requests
from cdk8s_eks_gpu.requirements.node_selector import read_node_affinity, read_tolerations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from cdk8s_eks_gpu.fields import Field
    from cdk8s_eks_gpu.requirements import Requirements, Toleration


@dataclass(frozen=True)
class Workload:
    """What the pods of a workload ask for.

    Attributes:
        kind: The manifest's kind, such as `Job`.
        name: The manifest's name.
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


def pod_spec(manifest: Field) -> Field | None:
    """Return the spec of the pods that a manifest makes, or None where it makes none.

    A pod template is found by its form (`spec.template.spec.containers`, for a CronJob below `spec.jobTemplate`), so
    that workloads of any operator count too.
    """
    if manifest["kind"].value == "Pod":
        return manifest["spec"]
    spec = manifest.value.get("spec")
    if not isinstance(spec, dict):
        return None
    template = (
        manifest["spec"]["jobTemplate"]["spec"] if isinstance(spec.get("jobTemplate"), dict) else manifest["spec"]
    )
    inner = template.value.get("template") if isinstance(template.value, dict) else None
    pod = inner.get("spec") if isinstance(inner, dict) else None
    return template["template"]["spec"] if isinstance(pod, dict) and "containers" in pod else None


def read_workload(manifest: Field, spec: Field) -> Workload:
    """Return the workload of a manifest with this pod spec; what is wrong with it is noted in the field."""
    return Workload(
        kind=manifest["kind"].text(),
        name=manifest["metadata"]["name"].text(),
        namespace=manifest["metadata"]["namespace"].text(),
        alternatives=read_node_affinity(spec),
        tolerations=read_tolerations(spec["tolerations"]),
        requests=read_requests(spec),
    )
