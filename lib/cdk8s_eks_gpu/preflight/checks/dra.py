"""Dynamic resource allocation: claims beside device plugins, and what keeps them from being allocated.

That Karpenter launches no node for a pod with claims is said by scheduling/no-host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.provisioning.needs_pool import needs_pool
from cdk8s_eks_gpu.provisioning.resource_claims import DraDriver, claimed_drivers, dra_driver
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


_DRA = "https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/"
_OPTIONS = "https://github.com/aws/karpenter-provider-aws/blob/v1.15.1/charts/karpenter/README.md"
_DRANET = "https://github.com/aws/eks-charts/tree/master/stable/aws-dranet"

IGNORED = Rule(
    "dra/claims-ignored",
    Severity.WARNING,
    "The pod claims devices, and Karpenter before 1.7 takes no notice of resourceClaims.",
    "It launches a node for the pod's other requests; whether that node has the devices is chance.",
    _DRA,
    "Require the instance types that have the devices, or ask for them by the resource of a device plugin.",
)
CLAIMS_AND_PLUGIN = Rule(
    "dra/claims-and-plugin",
    Severity.WARNING,
    "On one pool the same devices are given out by a DRA driver and by a device plugin.",
    (
        "Neither knows what the other has given away: two pods get the same device, and nothing says so. Karpenter and"
        " the kube-scheduler count the devices twice too."
    ),
    _DRA,
    "Keep them on pools of their own: keep the plugin off the pool of the claims by a label and a node affinity.",
)
INTERFACES = Rule(
    "dra/network-interfaces",
    Severity.WARNING,
    "Pods claim EFA by DRA on a pool whose node class lists its network interfaces.",
    (
        "Karpenter attaches EFA for a claim only where it lays out the interfaces itself; what it does when the node"
        " class lays them out as well is not defined."
    ),
    _OPTIONS,
    "Leave `networkInterfaces` out of the node class, or ask for vpc.amazonaws.com/efa.",
)
DRIVER_KEPT_OFF = Rule(
    "dra/driver-kept-off",
    Severity.ERROR,
    "Pods claim devices on a pool whose taints the DRA driver does not tolerate.",
    (
        "The driver publishes no device there, so that the claims are never allocated. The chart aws-dranet tolerates"
        " CriticalAddonsOnly only."
    ),
    _DRANET,
    "Give the DaemonSet a toleration for the pool's taint (values tolerations).",
)


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the pods that claim devices, and with the drivers of these."""
    cluster = context.cluster
    claiming = [each for each in cluster.workloads if each.pod.has_resource_claims and not each.is_daemon]
    drivers = [(driver, each) for each in cluster.workloads if (driver := dra_driver(each)) is not None]
    for workload in claiming:
        if needs_pool(cluster, workload) and not cluster.karpenter.considers_claims:
            message = f"Karpenter {cluster.karpenter.minor} takes no notice of the resourceClaims of {workload}."
            yield finding_at(IGNORED, workload.object, (*workload.path, "resourceClaims"), message)
    for pool in cluster.pools:
        if not pool.not_evaluated:
            yield from _on_pool(cluster, pool, claiming, drivers)


def _on_pool(
    cluster: Cluster, pool: Pool, claiming: list[Workload], drivers: list[tuple[DraDriver, Workload]]
) -> Iterator[Finding]:
    """Yield what is wrong with claims on one pool: each driver's first workload stands for all."""
    users: dict[DraDriver, Workload] = {}
    for workload in claiming:
        for driver in sorted(claimed_drivers(cluster, workload), key=lambda each: each.name):
            if driver not in users and _hosts(pool, workload):
                users[driver] = workload
    scheduled = {driver: each for driver, each in drivers if cluster.fit(pool, each).type_set}
    for driver in dict.fromkeys((*users, *scheduled)):
        if not pool.with_device(driver.resource):
            continue
        by_claim = users.get(driver) or scheduled[driver]
        for plugin, daemon_set in cluster.device_plugins:
            if driver.resource in plugin.registers and cluster.fit(pool, daemon_set).type_set:
                message = (
                    f"On the nodes of pool {pool.name} {plugin.name} ({daemon_set}) gives out {driver.resource},"
                    f" and the DRA driver {driver.name} gives out the same devices to claims ({by_claim})."
                )
                yield finding_at(CLAIMS_AND_PLUGIN, pool.manifest, ("metadata", "name"), message, value=pool.name)
                break
    for driver, user in users.items():
        yield from _interfaces(pool, driver, user)
        yield from _kept_off(pool, driver, user, [each for other, each in drivers if other is driver])


def _hosts(pool: Pool, workload: Workload) -> bool:
    """Return whether the pool can host the pods apart from their claims."""
    if not any(pool.name in term.allowed(vocabulary.NODE_POOL) for term in workload.pod.terms):
        return False
    pod = replace(workload.pod, has_resource_claims=False).without(vocabulary.NODE_POOL)
    return bool(pool.instance_types.fit(pod).type_set)


def _interfaces(pool: Pool, driver: DraDriver, user: Workload) -> Iterator[Finding]:
    if (
        driver.resource == vocabulary.EFA
        and pool.node_class_manifest
        and pool.node_class.network_interfaces is not None
    ):
        message = f"{user} claims EFA by DRA on pool {pool.name}, whose node class lists its network interfaces."
        yield finding_at(INTERFACES, pool.node_class_manifest, ("spec", "networkInterfaces"), message)


def _kept_off(pool: Pool, driver: DraDriver, user: Workload, daemon_sets: list[Workload]) -> Iterator[Finding]:
    kept_off = [untolerated(pool.spec.taints, each.pod.tolerations) for each in daemon_sets]
    if kept_off and all(kept_off):
        taint = kept_off[0][0]
        place = pool.spec.taints.index(taint)
        message = (
            f"{daemon_sets[0]}, the DRA driver {driver.name}, does not tolerate {taint} of pool {pool.name}, where"
            f" {user} claims its devices."
        )
        path = ("spec", "template", "spec", "taints", place)
        yield finding_at(DRIVER_KEPT_OFF, pool.manifest, path, message, value=str(taint))
