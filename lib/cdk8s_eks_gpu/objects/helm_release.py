"""The manifests of a Helm release. The only place that asks the room `charts` for what a chart renders to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts.namespaces import namespace_of
from cdk8s_eks_gpu.charts.on_demand import load_or_render
from cdk8s_eks_gpu.objects.fields import plain

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions


def helm_release(options: HelmReleaseOptions) -> list[dict[str, Any]]:
    """Return the release's objects, its Namespace first. What names no namespace is cluster-scoped.

    Raises:
        RenderingMissingError: The release was never rendered with these options; the message names the command.
        ChartError: A patch or an exclusion matches nothing; the message names it and what there is.
    """
    manifests: list[dict[str, Any]] = plain(load_or_render(options))  # Charts write fields that are null.
    if options.exclude or options.patches:
        from cdk8s_eks_gpu.charts.patches import patched  # noqa: PLC0415 -- few releases need it

        manifests = patched(options, manifests)
    return [*namespace_of(options), *manifests]
