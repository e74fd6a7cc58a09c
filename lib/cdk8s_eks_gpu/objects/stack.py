"""All of a cluster's configuration as manifests, in the order in which they are applied."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.images import mirrored
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.plugins import cluster_plugin_objects
from cdk8s_eks_gpu.config.profiles import expanded
from cdk8s_eks_gpu.objects.fields import plain
from cdk8s_eks_gpu.objects.node_class import node_class
from cdk8s_eks_gpu.objects.node_pool import node_pool
from cdk8s_eks_gpu.objects.smoke_tests import efa_smoke_test, gpu_smoke_test

if TYPE_CHECKING:
    from pathlib import Path

    from cdk8s_eks_gpu.config.cluster import Cluster, ClusterConfig
    from cdk8s_eks_gpu.config.plugins import Plugins
    from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions, SmokeTests

# The charts of a stack, which name the files in dist/.
NVIDIA_DEVICE_PLUGIN = "nvidia-device-plugin"
EFA_DEVICE_PLUGIN = "efa-device-plugin"
NODE_POOLS = "node-pools"
GPU_SMOKE_TEST = "gpu-smoke-test"
EFA_SMOKE_TEST = "efa-smoke-test"


def stack_objects(config: ClusterConfig, store: Path | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the manifests of device plugins, node classes and node pools by the name of their chart.

    Charts, and objects in each, are in the order in which they are applied.

    Raises:
        ChartError: The chart of a device plugin was never rendered, and cannot be rendered here.
    """
    config = with_cluster_settings(config)
    plugins = cluster_plugin_objects(config, store)
    names = {NVIDIA.name: NVIDIA_DEVICE_PLUGIN, EFA.name: EFA_DEVICE_PLUGIN}
    charts: dict[str, list[dict[str, Any]]] = {names[chart]: plain(objects) for chart, objects in plugins.items()}
    classes = [node_class(name, options) for name, options in config.node_classes.items()]
    charts[NODE_POOLS] = [*classes, *(node_pool(name, options) for name, options in config.node_pools.items())]
    return charts


def smoke_test_objects(config: ClusterConfig) -> dict[str, list[dict[str, Any]]]:
    """Return the manifests of the smoke tests by the name of their chart; they are not applied with the rest."""
    tests = with_cluster_settings(config).smoke_tests
    charts = {}
    if tests.gpu is not None:
        charts[GPU_SMOKE_TEST] = [gpu_smoke_test(tests.gpu)]
    if tests.efa is not None:
        charts[EFA_SMOKE_TEST] = [efa_smoke_test(tests.efa)]
    return charts


def all_objects(config: ClusterConfig) -> list[dict[str, Any]]:
    """Return all manifests of a configuration, smoke tests last.

    Raises:
        ChartError: As `stack_objects`.
    """
    return [*chain(*stack_objects(config).values(), *smoke_test_objects(config).values())]


def with_cluster_settings(config: ClusterConfig) -> ClusterConfig:
    """Return the configuration with what its parts leave to the cluster's section, and to each other.

    That is, among others, what the pools' `efa` and `capacity` mean for node classes and for the EFA plugin.
    """
    config = expanded(config)
    return config.model_copy(
        update={
            "plugins": _one_namespace(config.plugins),
            "smoke_tests": _from_registry(config.smoke_tests, config.cluster),
        }
    )


def _one_namespace(plugins: Plugins) -> Plugins:
    """Have a namespace that both device plugins live in made once."""
    nvidia, efa = plugins.nvidia, plugins.efa
    if nvidia is None or efa is None or nvidia.namespace != efa.namespace:
        return plugins
    return plugins.model_copy(update={"efa": efa.model_copy(update={"create_namespace": False})})


def _from_registry(tests: SmokeTests, cluster: Cluster) -> SmokeTests:
    """Take our test images from the registry, with its secrets; what the user says stays as it is."""

    def settled(options: GpuSmokeTestOptions | EfaSmokeTestOptions | None) -> object:
        if options is None:
            return None
        settings: dict[str, object] = {}
        if cluster.image_registry is not None and "image" not in options.model_fields_set:
            settings["image"] = mirrored(options.image, cluster.image_registry)
        if options.image_pull_secrets is None:
            settings["image_pull_secrets"] = cluster.image_pull_secrets
        return options.model_copy(update=settings)

    return tests.model_copy(update={"gpu": settled(tests.gpu), "efa": settled(tests.efa)})
