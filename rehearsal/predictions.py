"""What the library predicts: the one place where the rehearsal calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission import refusals
from cdk8s_eks_gpu.admission.schema.releases import release, releases
from cdk8s_eks_gpu.findings import Severity
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests import read_texts
from cdk8s_eks_gpu.preflight import check
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.releases import kubernetes_minor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from rehearsal.api import Manifest
    from rehearsal.cases.case import Case


def instance_types() -> set[str]:
    """Return the names of the instance types that the facts list."""
    return {each.name for each in catalogue().values()}


def karpenter_releases() -> list[str]:
    """Return the minor versions of Karpenter that the preflight knows, oldest first."""
    return [each.minor for each in releases("Karpenter")]


def objects(manifests: Iterable[Manifest]) -> tuple[KubernetesObject, ...]:
    """Return the manifests as the library reads them."""
    return tuple(read_texts({"case.yaml": _text(manifests)}).objects)


def fitting_types(
    cases: Iterable[Case], offered: set[str], karpenter: str, kubernetes: str
) -> dict[str, dict[str, set[str]]]:
    """Return, for each case and each pool of it, the offered types that can host its pod; all without a pod.

    The cases are put into one cluster, as they are for Karpenter. What the library refuses is left out.
    """
    read = {case.name: objects(case.manifests) for case in cases}
    versions = release(karpenter), kubernetes_minor(kubernetes)
    admitted = {
        name: own
        for name, own in read.items()
        if not any(finding.severity is Severity.ERROR for each in own for finding in refusals(each, *versions))
    }
    by_address = {(each.kind, each.name): each for own in admitted.values() for each in own}
    cluster = Cluster(by_address.values(), karpenter, on_eks=False)
    pods = {workload.name: workload for workload in cluster.workloads if workload.kind == "Pod"}
    pools = {pool.name: pool for pool in cluster.pools}
    answers: dict[str, dict[str, set[str]]] = {name: {} for name in read}
    for name, own in admitted.items():
        pod = next((pods[each.name] for each in own if each.kind == "Pod"), None)
        for pool in (pools[each.name] for each in own if each.kind == "NodePool"):
            hosts = cluster.fit(pool, pod) if pod else pool
            answers[name][pool.name] = {each.name for each in hosts.types} & offered
    return answers


def admission_errors(manifest: Manifest, karpenter: str, kubernetes: str) -> list[tuple[str, str]]:
    """Return the rule and the path of what is an error of the object by itself: a part of `errors`, and quicker."""
    read = objects([manifest])
    if not read:
        return errors([manifest], karpenter, kubernetes)
    versions = release(karpenter), kubernetes_minor(kubernetes)
    found = (finding for each in read for finding in refusals(each, *versions))
    return [(finding.rule.id, finding.path) for finding in found if finding.severity is Severity.ERROR]


def _text(manifests: Iterable[Manifest]) -> str:
    return "\n---\n".join(json.dumps(manifest, ensure_ascii=False) for manifest in manifests)


def errors(manifests: Iterable[Manifest], karpenter: str, kubernetes: str) -> list[tuple[str, str]]:
    """Return the rule and the path of what the preflight calls an error."""
    report = check({"case.yaml": _text(manifests)}, karpenter=karpenter, kubernetes=kubernetes)
    return [(finding.rule.id, finding.path) for finding in report.findings if finding.severity is Severity.ERROR]
