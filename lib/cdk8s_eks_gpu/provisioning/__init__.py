"""What Karpenter and the kube-scheduler would do with the manifests, as values."""

from cdk8s_eks_gpu.releases.versions import numbers_of

REHEARSED_KARPENTER = ("1.14.1", "1.15.0")
"""The releases of Karpenter whose answers the predictions here were held against, oldest first (docs/rehearsed.md)."""

REHEARSED_KUBERNETES = "1.34.4"
"""The release of Kubernetes, likewise."""


def rehearsed_against(karpenter: str) -> str:
    """Return the release of Karpenter that answers for a version were held against: the newest that is no newer.

    For versions before all of them it is the oldest.
    """
    version = numbers_of(karpenter)
    earlier = [release for release in REHEARSED_KARPENTER if numbers_of(release)[:2] <= version]
    return earlier[-1] if earlier else REHEARSED_KARPENTER[0]
