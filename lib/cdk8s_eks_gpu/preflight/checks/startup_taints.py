"""Does something remove the taints that nodes start with?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.preflight.context import Context

STARTUP_TAINT = Rule(
    "scheduling/startup-taint-stays",
    Severity.WARNING,
    "The pool's nodes start with a taint that nothing in the manifests could remove.",
    (
        "Whoever removes a startup taint must run on the node first, and so tolerate it. Until it is removed Karpenter"
        " does not count the node as initialized, no pod lands on it, and the node cannot be consolidated."
    ),
    "https://karpenter.sh/docs/concepts/nodepools/#spectemplatespecstartuptaints",
    "Let the DaemonSet that removes it tolerate it, or remove the startup taint.",
)

RULES = (STARTUP_TAINT,)

_STARTUP_TAINTS: Path = ("spec", "template", "spec", "startupTaints")
# Startup taints that add-ons of EKS and well-known projects remove, which few keep beside their pools.
_REMOVED_BY_OTHERS = (
    "node.kubernetes.io/",
    "node.cloudprovider.kubernetes.io/",
    "ebs.csi.aws.com/",
    "efs.csi.aws.com/",
    "fsx.csi.aws.com/",
    "s3.csi.aws.com/",
    "node.cilium.io/",
    "node.eks.amazonaws.com/",
)


def check(context: Context) -> Iterator[Finding]:
    """Yield the startup taints that no DaemonSet of the manifests tolerates, and so none can remove."""
    daemon_sets = [workload for workload in context.cluster.workloads if workload.is_daemon]
    for pool in context.cluster.pools if daemon_sets else ():
        for index, taint in enumerate(pool.spec.startup_taints):
            is_tolerated = any(not untolerated([taint], each.pod.tolerations) for each in daemon_sets)
            if not is_tolerated and not taint.key.startswith(_REMOVED_BY_OTHERS):
                message = f"No DaemonSet in the manifests tolerates the startup taint {taint} of pool {pool.name}."
                yield finding_at(STARTUP_TAINT, pool.manifest, (*_STARTUP_TAINTS, index), message, value=str(taint))
