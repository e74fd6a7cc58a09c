"""The options of NVIDIA's device plugin as the values of its chart (nvidia-device-plugin 0.17.4 to 0.20.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.charts.images import mirrored
from cdk8s_eks_gpu.charts.values import given, image_values, plain, plain_list, pull_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
    from cdk8s_eks_gpu.config.nvidia_configuration import Mps, NvidiaConfiguration, TimeSlicing

# A list of values takes the place of the chart's list, so the chart's own tolerations have to be said again. They are
# the same in all of these versions. But there NFD's worker tolerates only nvidia.com/gpu=present: here it tolerates the
# key with any value, as the plugin does.
_GPU_TOLERATION: Final[JsonValue] = {"key": vocabulary.GPU, "operator": "Exists", "effect": "NoSchedule"}
_PLUGIN_TOLERATIONS: Final[Sequence[JsonValue]] = (
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    _GPU_TOLERATION,
)
_NFD_TOLERATIONS: Final[Sequence[JsonValue]] = (
    {"key": "node-role.kubernetes.io/master", "operator": "Equal", "value": "", "effect": "NoSchedule"},
    _GPU_TOLERATION,
)
_PLUGIN_REPOSITORY: Final = "nvcr.io/nvidia/k8s-device-plugin"
_NFD_REPOSITORY: Final = "registry.k8s.io/nfd/node-feature-discovery"


MOUNTS_MOFED: Final = ("0.19.0", "0.19.1", "0.19.2")
"""The chart's versions whose plugin mounts every /dev/infiniband/uverbs* into each GPU container unless told not to.

Beside the EFA plugin, which hands these devices out one by one, that is wrong (NVIDIA/k8s-device-plugin#1692, #1837).
"""


def nvidia_values(
    options: NvidiaDevicePluginOptions,
    image_registry: str | None = None,
    *,
    image_pull_secrets: Sequence[str] = (),
    efa: bool = False,
) -> dict[str, JsonValue]:
    """Return the chart values that the options ask for, but for `options.values`.

    Args:
        options: What the plugin should do. What they leave out is not in the values: the chart's own default stays.
        image_registry: The registry to take images from whose repository the options do not name.
        image_pull_secrets: The secrets that it asks for, where the options name none.
        efa: Whether the EFA plugin is installed beside it.
    """
    secrets = image_pull_secrets if options.image_pull_secrets is None else options.image_pull_secrets
    mofed = options.mofed_enabled
    if mofed is None and efa and options.version in MOUNTS_MOFED:
        mofed = False
    more = plain_list(options.tolerations)
    strategy = options.device_list_strategy
    plugin_repository = image_registry and mirrored(_PLUGIN_REPOSITORY, image_registry)
    nfd_repository = image_registry and mirrored(_NFD_REPOSITORY, image_registry)
    nfd: dict[str, JsonValue] = {
        "image": image_values(options.nfd_image, nfd_repository),
        "imagePullSecrets": pull_secrets(secrets),
        "worker": {"tolerations": [*_NFD_TOLERATIONS, *more]} if more else None,
    }
    values: dict[str, JsonValue] = {
        "gfd": {"enabled": options.gpu_feature_discovery},
        "migStrategy": options.mig_strategy,
        "failOnInitError": options.fail_on_init_error,
        "deviceListStrategy": ",".join(strategy) if strategy is not None else None,
        "deviceIDStrategy": options.device_id_strategy,
        "mofedEnabled": mofed,
        "config": _config(options),
        "tolerations": [*_PLUGIN_TOLERATIONS, *more] if more else None,
        "nodeSelector": dict(options.node_selector or {}),
        "resources": plain(options.resources) if options.resources is not None else None,
        "priorityClassName": options.priority_class_name,
        "image": image_values(options.image, plugin_repository),
        "imagePullSecrets": pull_secrets(secrets),
        "nfd": given(nfd),
    }
    return given(values)


def _config(options: NvidiaDevicePluginOptions) -> dict[str, JsonValue] | None:
    """Return the configurations as files in a ConfigMap, and what nodes get that choose none of them."""
    files = {name: _file(each, flags=True) for name, each in (options.configurations or {}).items()}
    if not files and (options.time_slicing is not None or options.mps is not None):
        # The flags are environment variables, as they are for all nodes.
        files = {vocabulary.NVIDIA_DEFAULT_CONFIGURATION: _file(options, flags=False)}
    if not files:
        return None
    default = options.default_configuration
    if default is None and vocabulary.NVIDIA_DEFAULT_CONFIGURATION in files:
        default = vocabulary.NVIDIA_DEFAULT_CONFIGURATION
    if default is None:
        # Left alone, the chart takes an only configuration for all nodes, also for those whose pool did not choose it.
        return {"map": dict(files), "fallbackStrategies": ["empty"]}
    return {"map": dict(files), "default": default}


def _file(configuration: NvidiaConfiguration, *, flags: bool) -> str:
    """Return the plugin's configuration file (its api/config/v1)."""
    content: dict[str, JsonValue] = {"version": "v1"}
    if flags:
        strategy = configuration.device_list_strategy
        plugin: dict[str, JsonValue] = {
            "deviceListStrategy": list(strategy) if strategy is not None else None,
            "deviceIDStrategy": configuration.device_id_strategy,
        }
        content["flags"] = given(
            {
                "migStrategy": configuration.mig_strategy,
                "failOnInitError": configuration.fail_on_init_error,
                "plugin": given(plugin),
            }
        )
    if configuration.time_slicing is not None:
        content["sharing"] = {"timeSlicing": _time_slicing(configuration.time_slicing)}
    if configuration.mps is not None:
        content["sharing"] = {"mps": _mps(configuration.mps)}
    # Without the newline at the end: the chart writes the file as a block that ends without one.
    return yaml.safe_dump(given(content), sort_keys=False).rstrip("\n")


def _time_slicing(sharing: TimeSlicing) -> dict[str, JsonValue]:
    return given(
        {
            "renameByDefault": sharing.rename_by_default,
            "failRequestsGreaterThanOne": sharing.fail_requests_greater_than_one,
            "resources": plain_list(sharing.all_resources()),
        }
    )


def _mps(sharing: Mps) -> dict[str, JsonValue]:
    resources: list[JsonValue] = [{"name": vocabulary.GPU, "replicas": sharing.replicas}]
    return given({"renameByDefault": sharing.rename_by_default, "resources": resources})
