"""All of a cluster's configuration as charts, in the order in which they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cdk8s

from cdk8s_eks_gpu.constructs.device_plugins import EfaDevicePlugin, NvidiaDevicePlugin
from cdk8s_eks_gpu.constructs.node_class import NodeClass
from cdk8s_eks_gpu.constructs.node_pool import NodePool
from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.constructs.smoke_tests import EfaSmokeTest, GpuSmokeTest
from cdk8s_eks_gpu.constructs.versions import Versions, cluster_versions
from cdk8s_eks_gpu.objects import stack
from cdk8s_eks_gpu.objects.device_plugins import efa_settings, nvidia_settings
from cdk8s_eks_gpu.objects.labels import cluster_labels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from constructs import Construct

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.smoke_tests import SmokeTests


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
            scope: An app, or anything that charts may be put in. All in it is checked for this cluster's versions.
            config: What to make.
            smoke_tests: Where the charts of the smoke tests go: test Pods should not be applied with the rest.
                None leaves them out.
            chart_store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

        Raises:
            RenderingMissingError: A device plugin has `values`, or a version, that Helm never rendered.
        """
        config = stack.with_cluster_settings(config)
        cluster, nvidia, efa = config.cluster, config.plugins.nvidia, config.plugins.efa
        versions = Versions(cluster.karpenter_version, cluster.kubernetes_version, cluster.name)
        cluster_versions(scope, versions)
        labels = cluster_labels(cluster.name)  # cdk8s puts them on every object of the chart
        charts = []
        self.nvidia_device_plugin = self.efa_device_plugin = None
        if nvidia is not None:
            charts.append(cdk8s.Chart(scope, stack.NVIDIA_DEVICE_PLUGIN, labels=labels))
            self.nvidia_device_plugin = NvidiaDevicePlugin(
                charts[-1], "Plugin", nvidia, chart_store=chart_store, **nvidia_settings(config)
            )
        if efa is not None:
            charts.append(cdk8s.Chart(scope, stack.EFA_DEVICE_PLUGIN, labels=labels))
            self.efa_device_plugin = EfaDevicePlugin(
                charts[-1], "Plugin", efa, chart_store=chart_store, **efa_settings(config)
            )
        # Classes before pools: kubectl and Argo CD then meet a pool's class before the pool.
        charts.append(cdk8s.Chart(scope, stack.NODE_POOLS, labels=labels))
        self.node_classes = {
            name: NodeClass(charts[-1], f"class-{name}", options, name=name)
            for name, options in config.node_classes.items()
        }
        self.node_pools = {
            name: NodePool(charts[-1], f"pool-{name}", options, name=name)
            for name, options in config.node_pools.items()
        }
        jobs = stack.smoke_test_jobs(config)
        if jobs and config.argocd.smoke_tests == "postSync":
            charts.append(_smoke_test_jobs(scope, jobs, labels))
        if smoke_tests is not None:
            cluster_versions(smoke_tests, versions)
            _add_smoke_tests(smoke_tests, config.smoke_tests, labels)
            if jobs and config.argocd.smoke_tests == "application":
                _smoke_test_jobs(smoke_tests, jobs, labels)


def _add_smoke_tests(scope: Construct, tests: SmokeTests, labels: Mapping[str, str]) -> None:
    if tests.gpu is not None:
        GpuSmokeTest(cdk8s.Chart(scope, stack.GPU_SMOKE_TEST, labels=labels), "Pod", tests.gpu)
    if tests.efa is not None:
        EfaSmokeTest(cdk8s.Chart(scope, stack.EFA_SMOKE_TEST, labels=labels), "Pod", tests.efa)


def _smoke_test_jobs(scope: Construct, jobs: Mapping[str, dict[str, Any]], labels: Mapping[str, str]) -> cdk8s.Chart:
    chart = cdk8s.Chart(scope, stack.SMOKE_TEST_JOBS, labels=labels)
    for name, job in jobs.items():
        SingleObject(chart, name, job)
    return chart
