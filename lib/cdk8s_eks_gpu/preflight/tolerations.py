"""The tolerations that workloads lack on the nodes of a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.descriptions import toleration_text
from cdk8s_eks_gpu.findings.finding import MissingToleration
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


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
