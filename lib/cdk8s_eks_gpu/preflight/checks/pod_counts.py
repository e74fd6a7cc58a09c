"""How many pods an object makes, as far as it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdk8s_eks_gpu.provisioning.workload import Workload

# What says how many pods there are, in Kubernetes' own kinds and in those of MPI, PyTorch, Ray, JobSet and LWS.
_COUNTS = ("replicas", "parallelism", "completions", "size", "numNodes", "minReplicas")


def pod_count(workload: Workload) -> int:
    """Return how many pods there are, as far as the object says."""
    around = [workload.object.cursor.at(*workload.path[:depth]) for depth in range(1, len(workload.path))]
    counts = [each[key].integer() for each in around for key in _COUNTS]
    return max((count for count in counts if count is not None), default=1)
