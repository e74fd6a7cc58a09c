"""What is wrong with the manifests taken together: a module for each group of checks, with its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.preflight.checks import (
    ami,
    apply,
    auto_mode,
    capacity,
    containers,
    disruption,
    dra,
    efa_interfaces,
    efa_plugin,
    efa_pods,
    efa_pools,
    gpu_nodes,
    instances,
    limits,
    nodes,
    pending_pods,
    references,
    registration,
    static_pools,
    traps,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.preflight.context import Context

CHECKS = (
    versions,
    registration,
    pending_pods,
    gpu_nodes,
    dra,
    efa_plugin,
    efa_interfaces,
    efa_pools,
    efa_pods,
    capacity,
    limits,
    static_pools,
    disruption,
    instances,
    traps,
    auto_mode,
    ami,
    nodes,
    apply,
    references,
    containers,
)


def check_cluster(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the objects taken together."""
    for checks in CHECKS:
        yield from checks.check(context)
