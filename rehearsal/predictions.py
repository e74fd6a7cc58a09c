"""What the library predicts: the one place where the rehearsal calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import ConfigError
from cdk8s_eks_gpu.explain import answer, read_stack
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.preflight import check
from cdk8s_eks_gpu.preflight.schema.releases import releases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.api import Manifest


def instance_types() -> set[str]:
    """Return the names of the instance types that the facts list."""
    return {one.name for one in catalogue().values()}


def karpenter_releases() -> list[str]:
    """Return the minor versions of Karpenter that the preflight knows, oldest first."""
    return [release.minor for release in releases()]


def hosting_types(manifests: Iterable[Manifest], offered: set[str]) -> dict[str, set[str]]:
    """Return, for each pool of the manifests, the offered types that can host their pod; all without a pod.

    What the library refuses to answer is an empty answer.
    """
    try:
        stack = read_stack(manifests, "case")
    except ConfigError:
        return {}
    found = answer(stack, catalogue())
    pods = [workload for workload in found.workloads if workload.workload.kind == "Pod"]
    if not pods:
        return {pool.name: {one.name for one in pool.types} & offered for pool in found.pools}
    return {name: {one.name for one in hosting.types} & offered for name, hosting in pods[0].hosting.items()}


def errors(manifests: Iterable[Manifest], karpenter: str, kubernetes: str) -> list[tuple[str, str]]:
    """Return the rule and the path of what the preflight calls an error."""
    text = "\n---\n".join(json.dumps(manifest, ensure_ascii=False) for manifest in manifests)
    report = check({"case.yaml": text}, karpenter=karpenter, kubernetes=kubernetes)
    return [(finding.rule.id, finding.path) for finding in report.findings if finding.severity.value == "error"]
