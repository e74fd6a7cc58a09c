"""What Karpenter knows of label keys: the well-known, the restricted and the renamed ones (core and AWS at v1.14.1).

Sources: `pkg/apis/v1/labels.go` of kubernetes-sigs/karpenter and of aws/karpenter-provider-aws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.hints import closest

if TYPE_CHECKING:
    from collections.abc import Iterable

INSTANCE_LABELS = frozenset(
    f"{vocabulary.NODE_CLASS_GROUP}/instance-{name}"
    for name in (
        "accelerator-count",
        "accelerator-manufacturer",
        "accelerator-name",
        "capability-flex",
        "category",
        "cpu",
        "cpu-manufacturer",
        "cpu-sustained-clock-speed-mhz",
        "ebs-bandwidth",
        "encryption-in-transit-supported",
        "family",
        "generation",
        "gpu-count",
        "gpu-manufacturer",
        "gpu-memory",
        "gpu-name",
        "hypervisor",
        "local-nvme",
        "memory",
        "network-bandwidth",
        "size",
        "tenancy",
    )
)
"""The labels that say what an EC2 instance type is."""

RUN_TIME_LABELS = frozenset(
    {
        vocabulary.CAPACITY_TYPE,
        vocabulary.NODE_POOL,
        vocabulary.REGION,
        vocabulary.ZONE,
        vocabulary.ZONE_ID,
        *(
            f"{vocabulary.NODE_CLASS_GROUP}/{name}"
            for name in (
                "capacity-reservation-id",
                "capacity-reservation-interruptible",
                "capacity-reservation-type",
                "placement-group-id",
                "placement-group-partition",
            )
        ),
    }
)
"""Well-known labels whose values follow from the account and the region, so that no table can have them."""

WELL_KNOWN_LABELS = (
    INSTANCE_LABELS
    | RUN_TIME_LABELS
    | {vocabulary.ARCH, vocabulary.INSTANCE_TYPE, vocabulary.OS, vocabulary.WINDOWS_BUILD}
)
"""The labels that Karpenter gives every node, so that a pool need not define them for a pod to select them."""

WELL_KNOWN_VALUES = {
    vocabulary.CAPACITY_TYPE: frozenset({"on-demand", "reserved", "spot"}),
    vocabulary.INSTANCE_TENANCY: frozenset({"dedicated", "default"}),
}
"""The values of the well-known labels that have a closed list of them."""

RESTRICTED_LABELS = frozenset({vocabulary.HOSTNAME})
RESTRICTED_LABEL_DOMAINS = frozenset({vocabulary.KARPENTER_GROUP, vocabulary.NODE_CLASS_GROUP})

NODE_FEATURE_DOMAINS = frozenset({"feature.node.kubernetes.io", "nvidia.com", "amd.com"})
"""Domains of labels that node-feature-discovery and the device plugins' feature discovery put on running nodes."""

NETWORK_LAYER = "topology.k8s.aws/network-node-layer-"
"""How the labels begin by which AWS' cloud controller says where in the network a running node is."""

NORMALIZED_LABELS = {
    "beta.kubernetes.io/arch": vocabulary.ARCH,
    "beta.kubernetes.io/instance-type": vocabulary.INSTANCE_TYPE,
    "beta.kubernetes.io/os": vocabulary.OS,
    "failure-domain.beta.kubernetes.io/region": vocabulary.REGION,
    "failure-domain.beta.kubernetes.io/zone": vocabulary.ZONE,
    vocabulary.EBS_ZONE: vocabulary.ZONE,
}
"""Kubernetes' beta label keys, and the EBS driver's zone, with the labels that Karpenter takes them for.

Sources: `pkg/apis/v1/labels.go` of kubernetes-sigs/karpenter, `pkg/operator/operator.go` of the AWS provider, v1.14.1.
"""


def normalized(key: str) -> str:
    """Return today's name of the label."""
    return NORMALIZED_LABELS.get(key, key)


def domain(key: str) -> str:
    """Return what stands before the key's slash, or an empty text."""
    before, slash, _ = key.partition("/")
    return before if slash else ""


def appears_at_run_time(key: str) -> bool:
    """Return whether something on the node sets the label once it runs: node-feature-discovery, NVIDIA's plugin."""
    of = domain(key)
    return key.startswith(NETWORK_LAYER) or any(of == name or of.endswith(f".{name}") for name in NODE_FEATURE_DOMAINS)


def is_restricted(key: str) -> bool:
    """Return whether Karpenter refuses the label in a NodePool: a key of its own domains that is not well known."""
    if key in WELL_KNOWN_LABELS:
        return False
    of = domain(key)
    return key in RESTRICTED_LABELS or any(of == name or of.endswith(f".{name}") for name in RESTRICTED_LABEL_DOMAINS)


def likely_meant(key: str, known: Iterable[str]) -> str | None:
    """Return the known key that an unknown one most likely stands for, or None.

    As in Karpenter a key that ends like the unknown one, or contains it; beyond Karpenter one that is spelled alike.
    """
    candidates = list(known)
    ending = key.partition("/")[2] or key
    same_ending = (candidate for candidate in candidates if candidate.endswith(f"/{ending}"))
    containing = (candidate for candidate in candidates if key in candidate)
    return next(same_ending, None) or next(containing, None) or closest(key, candidates, likeness=0.75)
