"""What a configuration can say, and should not: warnings, as against the errors that keep it from being used."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.config.places import unknown_region
from cdk8s_eks_gpu.errors import ConfigWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.ec2 import MetadataOptions
    from cdk8s_eks_gpu.config.extends import Layers
    from cdk8s_eks_gpu.manifests.path import Path


def warn(config: ClusterConfig, layers: Layers) -> None:
    """Warn of each, with the file and the line; Python's own filters leave them out, or make errors of them."""
    for path, message in advice(config):
        problem = layers.problem(path, message)
        text = ConfigWarning(f"{problem.path}: {message}")
        warnings.warn_explicit(text, category=ConfigWarning, filename=problem.file or "", lineno=problem.line or 1)


def advice(config: ClusterConfig) -> Iterator[tuple[Path, str]]:
    """Find what had better be said otherwise: a path, and a message with the fix."""
    region = unknown_region(config.cluster.region)
    if region is not None:
        yield ("cluster", "region"), region
    tests, kind = config.smoke_tests, config.argocd.smoke_tests
    jobs = [tests.gpu, tests.efa, *((tests.node, tests.nccl) if kind == "application" else ())]
    if kind != "pods" and not any(jobs):
        message = f"'{kind}' has no test to run: set smokeTests.gpu or smokeTests.efa"
        yield ("delivery", "argocd", "smokeTests"), message
    for name, pool in config.node_pools.items():
        capacity = pool.capacity
        if capacity and len(capacity.blocks or ()) > 1 and (capacity.fallback or capacity.reservations):
            message = "are several: nodes of one pool then end at different times; give each block a pool of its own"
            yield ("nodePools", name, "capacity", "blocks"), message
    for name, node_class in config.node_classes.items():
        if node_class.metadata_options is not None:
            for key, message in _metadata_service(node_class.metadata_options):
                yield ("nodeClasses", name, "metadataOptions", key), message


def _metadata_service(options: MetadataOptions) -> Iterator[tuple[str, str]]:
    """Find what lets pods take the role of their node.

    "Restrict access to the instance profile assigned to the worker node" of the EKS best practices guide
    (https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html): tokens required, and
    one hop, which ends before the network of a pod. Both are Karpenter's defaults.
    """
    if options.http_tokens == "optional":
        yield (
            "httpTokens",
            "'optional' lets pods take the node's role without a token (IMDSv1): remove it",
        )
    hops = options.http_put_response_hop_limit
    if hops is not None and hops > 1 and options.http_endpoint != "disabled":
        message = f"'{hops}' lets pods take the role of their node: remove it, and give pods a role by EKS Pod Identity"
        yield "httpPutResponseHopLimit", message
