"""The preflight of a configuration at synthesis: it asks Node.js nothing, and works while Node.js does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.constructs import report_cache
from cdk8s_eks_gpu.constructs.preflight import NOT_WRITTEN, styled
from cdk8s_eks_gpu.constructs.versions import Versions
from cdk8s_eks_gpu.errors import PreflightError
from cdk8s_eks_gpu.objects.extra_manifests import read_extra_manifests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.config.load import Loaded


def preflight_of_config(path: str, loaded: Loaded, charts: Mapping[str, list[dict[str, Any]]]) -> str:
    """Check the manifests of a configuration, unless the same were checked before, and return the report to show.

    Args:
        path: The configuration's file.
        loaded: The configuration.
        charts: Its manifests by the name of their chart.

    Raises:
        PreflightError: There are errors.
    """
    cluster = loaded.config.cluster
    versions = Versions(cluster.karpenter_version, cluster.kubernetes_version, cluster.name)
    digest = report_cache.digest(_decisive_texts(path, loaded, charts), versions)
    text = report_cache.load(digest)
    if text is None:
        # Not imported above: a report from the cache needs none of it.
        from cdk8s_eks_gpu.objects.check import check_config  # noqa: PLC0415
        from cdk8s_eks_gpu.preflight.formats.terminal import to_brief_text  # noqa: PLC0415

        report = check_config(path, loaded, charts)
        text = to_brief_text(report)
        if not report.ok:
            raise PreflightError(f"{styled(text)}{NOT_WRITTEN}")
        report_cache.store(digest, text)
    return styled(text)


def _decisive_texts(path: str, loaded: Loaded, charts: Mapping[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return the manifests, and the files whose lines the report names: the configuration's and the user's own."""
    texts = {f"{path}/{chart}": json.dumps(manifests) for chart, manifests in charts.items()}
    texts |= {layer.source: layer.document.content for layer in loaded.layers.files}
    for each in read_extra_manifests(loaded.config.extra_manifests) if loaded.config.extra_manifests else ():
        texts[each.place] = each.source.document.content
    return texts
