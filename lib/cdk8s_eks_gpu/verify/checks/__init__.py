"""All comparisons, in the order in which things come about: a module for each part of the cluster."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.verify.checks import applied, conditions, daemon_sets, karpenter, nodes, pending, tests
from cdk8s_eks_gpu.verify.context import Context
from cdk8s_eks_gpu.verify.result import Report

if TYPE_CHECKING:
    from cdk8s_eks_gpu.verify.promise import Promise
    from cdk8s_eks_gpu.verify.snapshot import Snapshot

_CHECKS = (karpenter, applied, conditions, daemon_sets, nodes, pending, tests)


def verify(promise: Promise, snapshot: Snapshot) -> Report:
    """Return how the cluster stands against what the manifests promise."""
    context = Context(promise, snapshot)
    return Report(tuple(dict.fromkeys(chain.from_iterable(each.check(context) for each in _CHECKS))))
