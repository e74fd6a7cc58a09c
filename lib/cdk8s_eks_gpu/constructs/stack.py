"""All of a cluster's configuration as charts, in the order in which they are applied."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import cdk8s

from cdk8s_eks_gpu.charts.images import mirrored
from cdk8s_eks_gpu.config.profiles import expanded
from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions
from cdk8s_eks_gpu.constructs.device_plugins import EfaDevicePlugin, NvidiaDevicePlugin
from cdk8s_eks_gpu.constructs.node_class import NodeClass
from cdk8s_eks_gpu.constructs.node_pool import NodePool
from cdk8s_eks_gpu.constructs.preflight import versions_of
from cdk8s_eks_gpu.constructs.smoke_tests import EfaSmokeTest, GpuSmokeTest

if TYPE_CHECKING:
    from constructs import Construct

    from cdk8s_eks_gpu.config.cluster import ClusterConfig

SmokeTest = TypeVar("SmokeTest", GpuSmokeTestOptions, EfaSmokeTestOptions)


class GpuStack:
    """Device plugins, node classes and node pools of one cluster, a chart each.

    Not a construct itself: its charts are children of the scope, so that cdk8s names their files without a hash.

    Attributes:
        nvidia_device_plugin: NVIDIA's device plugin, if the configuration installs it.
        efa_device_plugin: The EFA device plugin, if the configuration installs it.
        node_classes: The node classes by name.
        node_pools: The node pools by name.
    """

    def __init__(self, scope: Construct, config: ClusterConfig, *, smoke_tests: Construct | None = None) -> None:
        """Make the charts in the scope.

        Args:
            scope: An app, or anything that charts may be put in.
            config: What to make.
            smoke_tests: Where the charts of the smoke tests go: test Pods should not be applied with the rest.
                None leaves them out.

        Raises:
            RenderingMissingError: A device plugin was never rendered with these options.
        """
        config = expanded(config)
        plugins, version, registry = config.plugins, config.cluster.kubernetes_version, config.cluster.image_registry
        versions = versions_of(scope)
        versions.karpenter, versions.kubernetes = config.cluster.karpenter_version, version
        charts = []
        self.nvidia_device_plugin = self.efa_device_plugin = None
        if plugins.nvidia is not None:
            charts.append(cdk8s.Chart(scope, "nvidia-device-plugin"))
            self.nvidia_device_plugin = NvidiaDevicePlugin(
                charts[-1], "Plugin", plugins.nvidia, kubernetes_version=version, image_registry=registry
            )
        if plugins.efa is not None:
            charts.append(cdk8s.Chart(scope, "efa-device-plugin"))
            shared = plugins.nvidia is not None and plugins.nvidia.namespace == plugins.efa.namespace
            options = plugins.efa.model_copy(update={"create_namespace": False}) if shared else plugins.efa
            self.efa_device_plugin = EfaDevicePlugin(
                charts[-1],
                "Plugin",
                options,
                kubernetes_version=version,
                region=config.cluster.region,
                image_registry=registry,
            )
        charts.append(cdk8s.Chart(scope, "node-pools"))
        classes, pools = config.node_classes.items(), config.node_pools.items()
        self.node_classes = {name: NodeClass(charts[-1], f"class-{name}", each, name=name) for name, each in classes}
        self.node_pools = {name: NodePool(charts[-1], f"pool-{name}", each, name=name) for name, each in pools}
        for name, pool in self.node_pools.items():
            pool.node.add_dependency(self.node_classes[config.node_pools[name].node_class])
        for earlier, later in pairwise(charts):
            later.add_dependency(earlier)  # cdk8s numbers the files of charts that depend on each other.
        if smoke_tests is not None:
            self._add_smoke_tests(smoke_tests, config)

    def _add_smoke_tests(self, scope: Construct, config: ClusterConfig) -> None:
        gpu, efa, registry = config.smoke_tests.gpu, config.smoke_tests.efa, config.cluster.image_registry
        if gpu is not None:
            GpuSmokeTest(cdk8s.Chart(scope, "gpu-smoke-test"), "Pod", _from_registry(gpu, registry))
        if efa is not None:
            EfaSmokeTest(cdk8s.Chart(scope, "efa-smoke-test"), "Pod", _from_registry(efa, registry))


def _from_registry(options: SmokeTest, registry: str | None) -> SmokeTest:
    """Return the options with our image from the registry; an image that the user names stays as it is."""
    if registry is None or "image" in options.model_fields_set:
        return options
    return options.model_copy(update={"image": mirrored(options.image, registry)})
