"""What the library predicts: the one place where the rehearsal calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission import refusals
from cdk8s_eks_gpu.admission.schema.kubernetes import kubernetes_minor
from cdk8s_eks_gpu.admission.schema.releases import release, releases
from cdk8s_eks_gpu.findings import Severity
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests import read_texts
from cdk8s_eks_gpu.preflight import check
from cdk8s_eks_gpu.provisioning.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from rehearsal.api import Manifest


def instance_types() -> set[str]:
    """Return the names of the instance types that the facts list."""
    return {each.name for each in catalogue().values()}


def karpenter_releases() -> list[str]:
    """Return the minor versions of Karpenter that the preflight knows, oldest first."""
    return [each.minor for each in releases()]


def objects(manifests: Iterable[Manifest]) -> tuple[KubernetesObject, ...]:
    """Return the manifests as the library reads them."""
    return tuple(read_texts({"case.yaml": _text(manifests)}).objects)


def hosting_types(
    manifests: Iterable[Manifest], offered: set[str], karpenter: str = "1.14", kubernetes: str = "1.34"
) -> dict[str, set[str]]:
    """Return, for each pool of the manifests, the offered types that can host their pod; all without a pod.

    What the library refuses to answer is an empty answer.
    """
    read = objects(manifests)
    versions = release(karpenter), kubernetes_minor(kubernetes)
    if any(finding.severity is Severity.ERROR for each in read for finding in refusals(each, *versions)):
        return {}
    cluster = Cluster(read)
    pod = next((workload for workload in cluster.workloads if workload.kind == "Pod"), None)
    return {
        pool.name: {each.name for each in (cluster.hosting(pool, pod) if pod else pool).types} & offered
        for pool in cluster.pools
    }


def _text(manifests: Iterable[Manifest]) -> str:
    return "\n---\n".join(json.dumps(manifest, ensure_ascii=False) for manifest in manifests)


def errors(manifests: Iterable[Manifest], karpenter: str, kubernetes: str) -> list[tuple[str, str]]:
    """Return the rule and the path of what the preflight calls an error."""
    report = check({"case.yaml": _text(manifests)}, karpenter=karpenter, kubernetes=kubernetes)
    return [(finding.rule.id, finding.path) for finding in report.findings if finding.severity.value == "error"]
