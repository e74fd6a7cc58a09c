"""The taints of a pool that workloads do not tolerate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.descriptions import toleration_text
from cdk8s_eks_gpu.findings.finding import MissingToleration
from cdk8s_eks_gpu.provisioning.reasons import TaintNotTolerated
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.reasons import Reasons
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.requirements import Taint


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
