"""Which cluster the charts of an app are for, and its versions of Karpenter and Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.constructs.places import reference
from cdk8s_eks_gpu.releases import karpenter_release

if TYPE_CHECKING:
    from constructs import IConstruct


class Versions(Struct):
    """What the manifests of a cluster are for.

    Attributes:
        karpenter: Karpenter's version; none takes the newest that is known.
        kubernetes: Kubernetes' version; none takes the preflight's default.
        cluster: The EKS cluster's name, if a configuration says it.
    """

    karpenter: str | None = None
    kubernetes: str | None = None
    cluster: str | None = None


# By jsii's name for a chart, or for the scope that a cluster's charts are in.
_CLUSTERS: dict[str, Versions] = {}


def versions(scope: IConstruct, *, karpenter: str | None = None, kubernetes: str | None = None) -> None:
    """Say what the manifests in a scope are for: an app, or the scope of one cluster's charts in it.

    Without it, they are for the versions that a `GpuStack` in the scope names, or else for the newest Karpenter that is
    known and the newest Kubernetes that it supports.

    Args:
        scope: An app, a chart, or any construct around charts.
        karpenter: The version of Karpenter in the cluster: `1.14` and `1.14.1` mean the same. None leaves it.
        kubernetes: The version of Kubernetes. None leaves it.

    Raises:
        UnknownNameError: The version of Karpenter is not known here. That of Kubernetes is looked at by the preflight.
    """
    if karpenter is not None:
        karpenter_release(karpenter)
    known = _CLUSTERS.setdefault(reference(scope), Versions())
    known.karpenter = karpenter or known.karpenter
    known.kubernetes = kubernetes or known.kubernetes


def claim(scope: IConstruct, cluster: str, karpenter: str, kubernetes: str) -> Versions:
    """Return the versions of a cluster whose charts go into the scope, which are told from those of others by identity.

    All else in the scope is of the first cluster there. What `versions` has said of the scope goes before.
    """
    around = _CLUSTERS.setdefault(reference(scope), Versions())
    if around.cluster is not None:
        return Versions(karpenter, kubernetes, cluster)
    around.cluster, around.karpenter, around.kubernetes = (
        cluster,
        around.karpenter or karpenter,
        around.kubernetes or kubernetes,
    )
    return around


def assign(scope: IConstruct, of_cluster: Versions) -> None:
    """Say that all charts in the scope, or the chart, are of a cluster."""
    _CLUSTERS[reference(scope)] = of_cluster


def versions_of(scope: IConstruct) -> Versions:
    """Return the versions of the cluster that a chart is of: its own, else those around it, else the whole app's."""
    if reference(scope) in _CLUSTERS:
        return _CLUSTERS[reference(scope)]
    scopes = [reference(around) for around in scope.node.scopes]
    for around in reversed(scopes):
        if around in _CLUSTERS:
            return _CLUSTERS[around]
    return _CLUSTERS.setdefault(scopes[0], Versions())
