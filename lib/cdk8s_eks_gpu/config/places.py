"""Regions and zones: whether they go together, and whether they are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.eks_registries import EKS_REGISTRIES
from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
    from cdk8s_eks_gpu.manifests.path import Path


def zones_elsewhere(region: str | None, pools: Mapping[str, NodePoolOptions]) -> Iterator[tuple[Path, str]]:
    """Find zones that are not in the cluster's region: no subnet is there, and no node is ever started.

    The name of an availability zone is its region's with a letter (us-west-2a), that of a local zone goes on after a
    hyphen (us-west-2-lax-1a).
    """
    for name, pool in pools.items() if region is not None else ():
        for path, zone in _zones(pool):
            if re.fullmatch(rf"{region}([a-z]|-.+)", zone) is None:
                message = f"'{zone}' is no zone of cluster.region, whose zones are {region}a, {region}b and so on"
                yield ("nodePools", name, *path), message


def _zones(pool: NodePoolOptions) -> Iterator[tuple[Path, str]]:
    """Yield each zone that the pool wants, with its path in the pool."""
    if pool.capacity is not None and pool.capacity.zone is not None:
        yield ("capacity", "zone"), pool.capacity.zone
    for at, zone in enumerate(pool.zones or ()):
        yield ("zones", at), zone
    for at, requirement in enumerate(pool.requirements):
        if requirement.key == vocabulary.ZONE and requirement.operator == "In":
            for index, zone in enumerate(requirement.values or ()):
                yield ("requirements", at, "values", index), zone


def unknown_region(region: str | None) -> str | None:
    """Return what to say of a region that the facts do not have; it may be newer than they are."""
    if region is None or region in EKS_REGISTRIES:
        return None
    hint = did_you_mean(region, EKS_REGISTRIES) or "; it may be newer than these facts"
    return f"'{region}' is no region that is known here{hint}"
