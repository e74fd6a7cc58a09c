"""The options of the EFA device plugin as the values of its chart (aws-efa-k8s-device-plugin v0.5.30)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdk8s_eks_gpu.charts.values import given, image_values, plain, plain_list, pull_secrets
from cdk8s_eks_gpu.config.eks_registries import EKS_REGISTRIES
from cdk8s_eks_gpu.errors import ChartError
from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions

_CHART_REGION: Final = "us-west-2"
"""The region whose registry the chart's own default names."""

_PATH: Final = "eks/aws-efa-k8s-device-plugin"


def efa_values(
    options: EfaDevicePluginOptions,
    *,
    region: str | None = None,
    image_registry: str | None = None,
    image_pull_secrets: Sequence[str] = (),
) -> dict[str, JsonValue]:
    """Return the chart values that the options ask for, but for `options.values`.

    Args:
        options: What the plugin should do. What they leave out is not in the values: the chart's own default stays.
        region: The cluster's region, whose EKS registry has the image.
        image_registry: A registry to take the image from instead. `options.image` comes before both.
        image_pull_secrets: The secrets that the registry asks for, where the options name none.

    Raises:
        ChartError: The region's registry is not known.
    """
    secrets = image_pull_secrets if options.image_pull_secrets is None else options.image_pull_secrets
    types = options.supported_instance_types
    own = options.image is not None and options.image.repository is not None
    values: dict[str, JsonValue] = {
        "nodeSelector": dict(options.node_selector or {}),
        "supportedInstanceLabels": {"values": list(types)} if types is not None else None,
        "resources": plain(options.resources) if options.resources is not None else None,
        "image": image_values(options.image, None if own else _repository(region, image_registry)),
        "imagePullSecrets": pull_secrets(secrets),
    }
    return {"tolerations": plain_list(options.tolerations)} | given(values)


def _repository(region: str | None, image_registry: str | None) -> str | None:
    if image_registry is not None:
        return f"{image_registry}/{_PATH}"
    if region is None or region == _CHART_REGION:
        return None
    if region not in EKS_REGISTRIES:
        hint = did_you_mean(region, EKS_REGISTRIES) or ";"
        raise ChartError(
            f"'{region}' is no region whose registry of EKS images is known{hint} "
            "set the option image.repository if it is a new one"
        )
    return f"{EKS_REGISTRIES[region]}/{_PATH}"
