"""Why a pod gets no node of a pool, whatever its instance types: what Karpenter decides before it looks at any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.provisioning.reasons import (
    IncompatibleRequirement,
    LabelNotDefined,
    Reason,
    Reasons,
    ResourceClaims,
    RestrictedLabel,
    TaintNotTolerated,
)
from cdk8s_eks_gpu.requirements import Conflict, appears_at_run_time, is_restricted, untolerated
from cdk8s_eks_gpu.requirements.labels import likely_meant

if TYPE_CHECKING:
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool
    from cdk8s_eks_gpu.provisioning.pod import Attempt, Pod
    from cdk8s_eks_gpu.releases import KarpenterRelease


def ignored(pod: Pod, release: KarpenterRelease) -> Reasons:
    """Return why a release of Karpenter makes no node for the pod, whatever pools there are."""
    known = release.well_known_labels
    restricted = sorted(key for key in pod.selected_labels if is_restricted(key) and key not in known)
    reasons: list[Reason] = [RestrictedLabel(key, likely_meant(key, sorted(known))) for key in restricted]
    if pod.has_resource_claims and release.considers_claims:
        reasons.append(ResourceClaims(tuple(gate.name for gate in release.dra_gates)))
    return tuple(reasons)


def conflicts(pool: NodePool, attempt: Attempt, release: KarpenterRelease) -> Reasons:
    """Return the taints of the pool that are not tolerated, and what is asked of labels that its nodes do not have."""
    taints = untolerated(pool.taints, attempt.tolerations, preferences=True)
    labels = pool.requirements.compatible(attempt.requirements, allow_undefined=release.well_known_labels)
    return (*map(TaintNotTolerated, taints), *map(_reason, labels))


def _reason(conflict: Conflict) -> Reason:
    if conflict.existing is not None:
        return IncompatibleRequirement(conflict.incoming, conflict.existing)
    key = conflict.incoming.key
    at_run_time = appears_at_run_time(key)
    return LabelNotDefined(key, None if at_run_time else conflict.hint, at_run_time=at_run_time)
