"""The manifests of a Helm release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts.on_demand import load_or_render
from cdk8s_eks_gpu.manifests.scopes import SYSTEM_NAMESPACES
from cdk8s_eks_gpu.objects.fields import plain

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions
    from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions


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


def namespace_of(
    options: HelmReleaseOptions | NvidiaDevicePluginOptions | EfaDevicePluginOptions,
) -> list[dict[str, Any]]:
    """Return the Namespace that the options ask for, or nothing: Kubernetes' own are never made."""
    if not options.create_namespace or options.namespace in SYSTEM_NAMESPACES:
        return []
    metadata: dict[str, Any] = {"name": options.namespace}
    if options.namespace_labels:
        metadata["labels"] = dict(options.namespace_labels)
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}]
