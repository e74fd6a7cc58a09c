"""A configuration as the preflight takes it: its objects, before any of them is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cdk8s_eks_gpu.findings import CheckedFor
from cdk8s_eks_gpu.manifests import Document, KubernetesObject, Sources
from cdk8s_eks_gpu.objects.user_terms import UserTerms, in_user_terms
from cdk8s_eks_gpu.preflight.check import check_part
from cdk8s_eks_gpu.preflight.versions import Part, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.config.cluster import Cluster
    from cdk8s_eks_gpu.config.load import Loaded
    from cdk8s_eks_gpu.findings import Report


def check_config(path: str, loaded: Loaded, charts: Mapping[str, list[dict[str, Any]]]) -> Report:
    """Check the objects of a configuration, for the versions that it names, and return its findings at its own lines.

    Args:
        path: The configuration's file.
        loaded: The configuration.
        charts: Its manifests by the name of their chart, as `all_charts` returns them.
    """
    versions = Wanted().instead_of(versions_of(path, loaded.config.cluster))
    objects = objects_of_charts(path, charts)
    report = check_part(Part(Sources(tuple(chart_files(path, charts)), objects, {}, ()), versions))
    report = in_user_terms(report, [UserTerms(path, loaded.config, loaded.layers, objects)])
    return replace(report, scope=replace(report.scope, files=0))


def versions_of(path: str, cluster: Cluster) -> CheckedFor:
    """Return the versions that a configuration names."""
    return CheckedFor(cluster.karpenter_version, cluster.kubernetes_version, path, path, cluster.name)


def chart_files(path: str, charts: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """Return a file's name for each chart: below the configuration, as if that were a folder."""
    return [f"{path}/{chart}" for chart in charts]


def objects_of_charts(path: str, charts: Mapping[str, list[dict[str, Any]]]) -> tuple[KubernetesObject, ...]:
    """Return the manifests of the charts as objects, each with the file of its chart."""
    return tuple(
        KubernetesObject(file, Document(manifest, number, 1, ""), manifest)
        for file, manifests in zip(chart_files(path, charts), charts.values(), strict=True)
        for number, manifest in enumerate(manifests, start=1)
    )
