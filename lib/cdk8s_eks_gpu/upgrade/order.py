"""In which order Karpenter and Kubernetes are upgraded, and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.releases import incompatibility, minor_of
from cdk8s_eks_gpu.releases.versions import numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings import CheckedFor


def order(before: CheckedFor, after: CheckedFor) -> Iterator[str]:
    """Yield the steps.

    Sources: Karpenter's compatibility page and upgrade guide; EKS upgrades a control plane by one minor version.
    """
    moves_karpenter = minor_of(before.karpenter) != minor_of(after.karpenter)
    moves_kubernetes = minor_of(before.kubernetes) != minor_of(after.kubernetes)
    if moves_karpenter and moves_kubernetes:
        karpenter_first = incompatibility(after.karpenter, before.kubernetes)
        kubernetes_first = incompatibility(before.karpenter, after.kubernetes)
        if karpenter_first is None:
            yield f"Karpenter first: {kubernetes_first or 'it supports both versions of Kubernetes'}."
        elif kubernetes_first is None:
            yield f"Kubernetes first: {karpenter_first}."
        else:
            yield f"In steps: {karpenter_first}; {kubernetes_first}."
    if moves_karpenter:
        yield (
            f"The CRDs go with Karpenter: upgrade the chart karpenter-crd to {after.karpenter} too, since Helm does not"
            " upgrade the CRDs in the chart karpenter."
        )
    steps = numbers_of(after.kubernetes)[1] - numbers_of(before.kubernetes)[1]
    if steps > 1:
        yield f"EKS upgrades Kubernetes by one minor version at a time: {steps} steps to {after.kubernetes}."
    elif steps < 0:
        yield f"EKS does not go back to an older minor version of Kubernetes, such as {after.kubernetes}, in place."
