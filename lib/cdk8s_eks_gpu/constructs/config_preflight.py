"""The preflight of a configuration at synthesis: it asks Node.js nothing, and works while Node.js does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.constructs import report_cache
from cdk8s_eks_gpu.constructs.preflight import NOT_WRITTEN, styled
from cdk8s_eks_gpu.constructs.versions import Versions
from cdk8s_eks_gpu.errors import PreflightError

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.load import Loaded
    from cdk8s_eks_gpu.objects.stack import StackObjects


def preflight_of_config(path: str, loaded: Loaded, objects: StackObjects) -> str:
    """Check the manifests of a configuration, unless the same were checked before, and return the report to show.

    Args:
        path: The configuration's file.
        loaded: The configuration.
        objects: Its manifests.

    Raises:
        PreflightError: There are errors.
    """
    cluster = loaded.config.cluster
    versions = Versions(cluster.karpenter_version, cluster.kubernetes_version, cluster.name)
    digest = report_cache.digest(_decisive_texts(path, loaded, objects), versions)
    text = report_cache.load(digest)
    if text is None:
        # Not imported above: a report from the cache needs none of it.
        from cdk8s_eks_gpu.objects.check import check_config  # noqa: PLC0415
        from cdk8s_eks_gpu.preflight.formats.terminal import to_brief_text  # noqa: PLC0415

        report = check_config(path, loaded, objects.charts)
        text = to_brief_text(report)
        if not report.ok:
            raise PreflightError(f"{styled(text)}{NOT_WRITTEN}")
        report_cache.store(digest, text)
    return styled(text)


def _decisive_texts(path: str, loaded: Loaded, objects: StackObjects) -> dict[str, str]:
    """Return the manifests, and the files whose lines the report names: the configuration's and the user's own."""
    texts = {f"{path}/{chart}": json.dumps(manifests) for chart, manifests in objects.charts.items()}
    texts |= {layer.source: layer.document.content for layer in loaded.layers.files}
    return texts | {each.place: each.source.document.content for each in objects.extra}
