"""The taints of a node: those of its pool, those that go when the node is ready, and others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.requirements.node_selector import read_taints
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.requirements import Taint
    from cdk8s_eks_gpu.verify.context import Context, PoolNode


_EPHEMERAL = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "readiness.k8s.io/", vocabulary.UNREGISTERED)
_LEAVING = {"node.kubernetes.io/unschedulable", "karpenter.sh/disrupted", "karpenter.sh/disruption"}


def check(context: Context, node: PoolNode) -> Iterator[Result]:
    """Yield which taints of the pool are missing, and which are there beside them."""
    there = read_taints(node.node.cursor["spec"]["taints"])
    wanted = node.pool.spec.taints
    wrong = 0
    for taint in wanted:
        if taint not in there:
            wrong += 1
            near = next((str(each) for each in there if each.key == taint.key), "missing")
            message = f"The taint {taint} of the pool is not on the node, so other pods may land there."
            fix = f"kubectl taint node {node.node.name} {taint}, or replace the node."
            yield Result(
                "nodes/taints", node.subject, context.registration_status(node), message, near, str(taint), fix
            )
    for taint in there:
        result = _other_taint(context, node, taint) if taint not in wanted else None
        if result is not None:
            wrong += 1
            yield result
    if not wrong:
        shown = ", ".join(map(str, wanted)) or "none"
        yield Result("nodes/taints", node.subject, Status.PASS, f"Its taints are those of the pool: {shown}.")


def _other_taint(context: Context, node: PoolNode, taint: Taint) -> Result | None:
    status = context.status_of_late(node.node)
    if taint.key in _LEAVING:
        message = f"The taint {taint} says that the node is cordoned or about to go: nothing new lands there."
        fix = f"kubectl uncordon {node.node.name}, unless it is being drained."
        return Result("nodes/taints", node.subject, Status.UNKNOWN, message, str(taint), "not there", fix)
    if (taint.key, taint.effect) in {(each.key, each.effect) for each in node.pool.spec.startup_taints}:
        message = f"The startup taint {taint} is still there: Karpenter does not see the node as initialized."
        fix = "What removes it must run on the node and tolerate the pool's taints."
        return Result("nodes/taints", node.subject, status, message, str(taint), "removed", fix)
    if taint.key.startswith(_EPHEMERAL):
        message = f"The taint {taint} of a node that is not ready or not registered yet is still there."
        fix = "See the node's condition Ready, and the NodeClaim's conditions."
        return Result("nodes/taints", node.subject, status, message, str(taint), "removed", fix)
    message = f"The taint {taint} is on the node and not among the pool's, so pods that were to land there do not."
    fix = f"kubectl taint node {node.node.name} {taint}-, or write it into the pool's taints or startupTaints."
    return Result("nodes/taints", node.subject, Status.FAIL, message, str(taint), "not there", fix)
