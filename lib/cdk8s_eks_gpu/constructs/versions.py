"""The versions of Karpenter and Kubernetes that the manifests of an app are checked for, by cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cdk8s

from cdk8s_eks_gpu.constructs.places import reference

if TYPE_CHECKING:
    from constructs import IConstruct


@dataclass
class Versions:
    """What the manifests of a cluster are for.

    Attributes:
        karpenter: Karpenter's version; none takes the newest that is known.
        kubernetes: Kubernetes' version; none takes the preflight's default.
        cluster: The EKS cluster's name, if a configuration says it.
    """

    karpenter: str | None = None
    kubernetes: str | None = None
    cluster: str | None = None


# By jsii's name for the scope that a cluster's charts are in; and which of these scopes are parts of apps.
_CLUSTERS: dict[str, Versions] = {}
_PARTS: set[str] = set()


def cluster_versions(scope: IConstruct, versions: Versions) -> None:
    """Say that all charts in the scope are for a cluster with these versions."""
    _CLUSTERS[reference(scope)] = versions
    if not isinstance(scope, cdk8s.App):
        _PARTS.add(reference(scope))


def versions_of(scope: IConstruct) -> Versions:
    """Return the versions that the manifests in the scope are checked for, to be read or set.

    They are those of the cluster around the scope, else of the whole app.
    """
    scopes = [reference(around) for around in scope.node.scopes]
    for around in reversed(scopes):
        if around in _CLUSTERS:
            return _CLUSTERS[around]
    return _CLUSTERS.setdefault(scopes[0], Versions())


def only_cluster(app: IConstruct) -> Versions | None:
    """Return the versions of the app's cluster; None if there may be several clusters in it."""
    return None if _PARTS else _CLUSTERS.get(reference(app))
