"""All of a cluster's configuration as charts, in the order in which they are applied."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import cdk8s

from cdk8s_eks_gpu.charts.images import mirrored
from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions
from cdk8s_eks_gpu.constructs.device_plugins import EfaDevicePlugin, NvidiaDevicePlugin
from cdk8s_eks_gpu.constructs.node_class import NodeClass
from cdk8s_eks_gpu.constructs.node_pool import NodePool
from cdk8s_eks_gpu.constructs.preflight import versions_of
from cdk8s_eks_gpu.constructs.smoke_tests import EfaSmokeTest, GpuSmokeTest

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from cdk8s_eks_gpu.config.cluster import Cluster, ClusterConfig

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

    def __init__(
        self,
        scope: Construct,
        config: ClusterConfig,
        *,
        smoke_tests: Construct | None = None,
        chart_store: Path | None = None,
    ) -> None:
        """Make the charts in the scope.

        Args:
            scope: An app, or anything that charts may be put in.
            config: What to make.
            smoke_tests: Where the charts of the smoke tests go: test Pods should not be applied with the rest.
                None leaves them out.
            chart_store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

        Raises:
            RenderingMissingError: A device plugin has `values`, or a version, that Helm never rendered.
        """
        plugins, registry, secrets = config.plugins, config.cluster.image_registry, config.cluster.image_pull_secrets
        versions = versions_of(scope)
        versions.karpenter, versions.kubernetes = config.cluster.karpenter_version, config.cluster.kubernetes_version
        charts = []
        self.nvidia_device_plugin = self.efa_device_plugin = None
        if plugins.nvidia is not None:
            charts.append(cdk8s.Chart(scope, "nvidia-device-plugin"))
            self.nvidia_device_plugin = NvidiaDevicePlugin(
                charts[-1],
                "Plugin",
                plugins.nvidia,
                image_registry=registry,
                image_pull_secrets=secrets,
                efa=plugins.efa is not None,
                chart_store=chart_store,
            )
        if plugins.efa is not None:
            charts.append(cdk8s.Chart(scope, "efa-device-plugin"))
            shared = plugins.nvidia is not None and plugins.nvidia.namespace == plugins.efa.namespace
            options = plugins.efa.model_copy(update={"create_namespace": False}) if shared else plugins.efa
            self.efa_device_plugin = EfaDevicePlugin(
                charts[-1],
                "Plugin",
                options,
                region=config.cluster.region,
                image_registry=registry,
                image_pull_secrets=secrets,
                chart_store=chart_store,
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
        gpu, efa = config.smoke_tests.gpu, config.smoke_tests.efa
        if gpu is not None:
            GpuSmokeTest(cdk8s.Chart(scope, "gpu-smoke-test"), "Pod", _with_cluster_settings(gpu, config.cluster))
        if efa is not None:
            EfaSmokeTest(cdk8s.Chart(scope, "efa-smoke-test"), "Pod", _with_cluster_settings(efa, config.cluster))


def _with_cluster_settings(options: SmokeTest, cluster: Cluster) -> SmokeTest:
    """Return the options with our image from the registry, and its secrets; what the user says stays as it is."""
    settings: dict[str, object] = {}
    if cluster.image_registry is not None and "image" not in options.model_fields_set:
        settings["image"] = mirrored(options.image, cluster.image_registry)
    if options.image_pull_secrets is None:
        settings["image_pull_secrets"] = cluster.image_pull_secrets
    return options.model_copy(update=settings)
