"""Traps: instance types that a pool launches and that a GPU pod should not get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.hints import few
from cdk8s_eks_gpu.preflight.checks.names import REQUIREMENTS, SHOWN
from cdk8s_eks_gpu.provisioning.traps import TrapMatch, matching_traps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.pool import Pool


_TYPES = "https://karpenter.sh/docs/reference/instance-types/"

AMD_GPU = Rule(
    "instances/amd-gpu",
    Severity.WARNING,
    "The pool admits instance types with AMD GPUs.",
    "They register amd.com/gpu: pods that ask for nvidia.com/gpu never run there, CUDA does not either.",
    _TYPES,
    "Add the requirement karpenter.k8s.aws/instance-gpu-manufacturer In [nvidia].",
)
FRACTIONAL_GPU = Rule(
    "instances/fractional-gpu",
    Severity.WARNING,
    "The pool admits instance types with a fraction of a GPU.",
    "EC2 counts them as having 0 GPUs: Karpenter never takes them for a GPU pod, and may take them for any other.",
    "https://github.com/aws/karpenter-provider-aws/issues/8368",
    "Add the requirement karpenter.k8s.aws/instance-family NotIn [g6f, gr6f].",
)
DRIVER = Rule(
    "instances/driver",
    Severity.WARNING,
    "The pool admits instance types whose GPUs need a newer driver than the AMI has.",
    "The node starts, the driver does not load, no GPU is registered, and Karpenter starts the next one.",
    "https://github.com/awslabs/amazon-eks-ami/pull/2747",
    "Leave the family out by karpenter.k8s.aws/instance-family NotIn, or use an AMI with the newer driver.",
)
ARM64 = Rule(
    "instances/arm64",
    Severity.WARNING,
    "The pool admits arm64 instance types.",
    "An image that is built for amd64 only does not start there: exec format error.",
    _TYPES,
    "Add the requirement kubernetes.io/arch In [amd64], or use images for both.",
)
OTHER_TRAP = Rule(
    "instances/trap",
    Severity.WARNING,
    "The pool admits instance types that a GPU pod should not get.",
    "The message says what goes wrong on them.",
    _TYPES,
    "Add the requirement that the message names.",
)
_TRAPS = {
    "amd-gpu": AMD_GPU,
    "arm64": ARM64,
    "driver": DRIVER,
    "fractional-gpu": FRACTIONAL_GPU,
}
# Traps among types that have no NVIDIA GPU for Karpenter, so that no pod with a GPU gets there.
_WITHOUT_GPU = frozenset({"amd-gpu", "fractional-gpu"})


def check(context: Context) -> Iterator[Finding]:
    """Yield the traps among the types of the pools that are for pods with GPUs."""
    for pool in context.cluster.pools:
        if not pool.not_evaluated and pool.name in context.pools_of_gpu_pods:
            yield from _traps(context, pool)


def _traps(context: Context, pool: Pool) -> Iterator[Finding]:
    ami_alias = pool.node_class.ami_alias
    for match in matching_traps(pool.instance_types.launchable, pool.spec.requirements, ami_alias=ami_alias):
        if match.trap.ends_with and not ami_alias:
            continue  # of an image of one's own, or a class that is not there, nothing is known
        if not _may_get_there(context, pool, match):
            continue
        message = f"Pool {pool.name} admits {few(match.types, SHOWN)}: {match.trap.problem}."
        rule, fix = _TRAPS.get(match.trap.name, OTHER_TRAP), f"Add the requirement {match.trap.fix}."
        yield finding_at(rule, pool.manifest, REQUIREMENTS, message, fix=fix)


def _may_get_there(context: Context, pool: Pool, match: TrapMatch) -> bool:
    """Return whether a pod may get a node of the trap.

    A static pool and one without a taint are for any pod. Otherwise the pods of the manifests decide; without
    any, pods with GPUs, which never get a node that has none for Karpenter.
    """
    if pool.spec.replicas is not None or not any(taint.effect != "PreferNoSchedule" for taint in pool.spec.taints):
        return True
    cluster = context.cluster
    hosted = [fit.type_set for each in cluster.near(pool) if (fit := cluster.fit(pool, each)).type_set]
    if hosted:
        return any(type_set & match.type_set for type_set in hosted)
    return match.trap.name not in _WITHOUT_GPU
