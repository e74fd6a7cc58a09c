"""How a finding names what it is about, where that stands, and which tolerations are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.descriptions import toleration_text
from cdk8s_eks_gpu.findings.finding import MissingToleration
from cdk8s_eks_gpu.hints import few
from cdk8s_eks_gpu.provisioning.reasons import Reasons, TaintNotTolerated
from cdk8s_eks_gpu.requirements import Taint, untolerated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


REQUIREMENTS: Path = ("spec", "template", "spec", "requirements")
LABELS: Path = ("spec", "template", "metadata", "labels")
LIMITS: Path = ("spec", "limits")
SHOWN = 4  # as many names as fit a line


def some_types(types: Sequence[InstanceType]) -> str:
    """Return the names of instance types; of many, the first and how many more there are."""
    return few([each.name for each in types], SHOWN)


def owner(workload: Workload) -> str:
    """Return the kind and name of the object that makes the pods."""
    return f"{workload.kind} {workload.object.name}"


def place_of_requirement(pool: Pool, key: str) -> tuple[Path, object]:
    """Return where the pool has the requirement or label, and its values; all its requirements where it has none."""
    for requirement in pool.manifest.cursor.at(*REQUIREMENTS).objects():
        if requirement["key"].text() == key:
            return requirement.path, ", ".join(requirement["values"].texts())
    label = pool.manifest.cursor.at(*LABELS, key)
    return (label.path, label.value) if label else (REQUIREMENTS, None)


def taints_of(reasons: Reasons) -> list[Taint]:
    """Return the taints that are among the reasons."""
    return [reason.taint for reason in reasons if isinstance(reason, TaintNotTolerated)]


def missing_tolerations(pool: Pool, workloads: Iterable[Workload]) -> tuple[MissingToleration, ...]:
    """Return the tolerations that the workloads lack for the pool's taints."""
    return tuple(
        MissingToleration(
            workload.object.file,
            workload.object.document.index,
            workload.object.kind,
            workload.object.name,
            (*workload.path, "tolerations"),
            toleration_text(taint),
        )
        for workload in workloads
        for taint in untolerated(pool.spec.taints, workload.pod.tolerations)
    )
