"""All of a cluster's configuration as manifests, in the order in which they are applied."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.images import mirrored
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.config.profiles import expanded
from cdk8s_eks_gpu.config.scheduling import tolerations_of
from cdk8s_eks_gpu.config.smoke_tests import SmokeTestOptions
from cdk8s_eks_gpu.objects import labels
from cdk8s_eks_gpu.objects.argocd import with_replaced_tests, with_sync_waves
from cdk8s_eks_gpu.objects.device_plugins import device_plugins
from cdk8s_eks_gpu.objects.extra_manifests import read_extra_manifests
from cdk8s_eks_gpu.objects.ignore import annotate, identity_of, warn_of_unknown
from cdk8s_eks_gpu.objects.nccl_test import nccl_test
from cdk8s_eks_gpu.objects.node_class import node_class
from cdk8s_eks_gpu.objects.node_overlay import huge_pages_overlays
from cdk8s_eks_gpu.objects.node_pool import node_pool
from cdk8s_eks_gpu.objects.node_test import node_test
from cdk8s_eks_gpu.objects.smoke_tests import (
    efa_smoke_test,
    efa_smoke_test_job,
    gpu_smoke_test,
    gpu_smoke_test_job,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cdk8s_eks_gpu.config.cluster import ClusterConfig, Plugins
    from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions, SmokeTests
    from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions
    from cdk8s_eks_gpu.objects.extra_manifests import ExtraManifest

# The charts of a stack, which name the files in dist/: in the order in which they are applied. Each keeps its number
# whatever other charts there are, so that adding a plugin renames no file.
NVIDIA_DEVICE_PLUGIN = "0000-nvidia-device-plugin"
EFA_DEVICE_PLUGIN = "0001-efa-device-plugin"
NODE_POOLS = "0002-node-pools"
GPU_SMOKE_TEST = "gpu-smoke-test"
EFA_SMOKE_TEST = "efa-smoke-test"
NODE_TEST = "node-test"
NCCL_TEST = "nccl-test"
SMOKE_TEST_JOBS = "0003-smoke-test-jobs"
EXTRA_MANIFESTS = "0004-extra-manifests"


class StackObjects(Struct, frozen=True):
    """The manifests of a configuration by the names of their charts.

    Attributes:
        stack: Device plugins, node classes, node pools, and the user's own.
        smoke_tests: The smoke tests, which are not applied with the rest.
        extra: The user's own, with the files that they come from.
    """

    stack: Mapping[str, list[dict[str, Any]]]
    smoke_tests: Mapping[str, list[dict[str, Any]]]
    extra: Sequence[ExtraManifest] = ()

    @property
    def charts(self) -> dict[str, list[dict[str, Any]]]:
        """All of them, smoke tests last."""
        return {**self.stack, **self.smoke_tests}


def all_objects(config: ClusterConfig, store: Path | None = None) -> StackObjects:
    """Return all manifests of a configuration; charts, and objects in each, in the order in which they are applied.

    Args:
        config: The configuration.
        store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

    Raises:
        ChartError: The chart of a device plugin was never rendered, and cannot be rendered here.
        ExtraManifestsError: The user's own manifests cannot be read.
    """
    config = with_cluster_settings(config)
    extra = read_extra_manifests(config.extra_manifests)
    return StackObjects(_stack(config, store, extra), _smoke_tests(config), extra)


def _stack(
    config: ClusterConfig, store: Path | None, extra: Sequence[ExtraManifest]
) -> dict[str, list[dict[str, Any]]]:
    """Return device plugins, node classes and node pools, and the Jobs of tests that Argo CD runs after each sync."""
    names = {NVIDIA.name: NVIDIA_DEVICE_PLUGIN, EFA.name: EFA_DEVICE_PLUGIN}
    charts = {names[chart]: objects for chart, objects in device_plugins(config, store).items()}
    classes = [node_class(name, options) for name, options in config.node_classes.items()]
    pools = [node_pool(name, options) for name, options in config.node_pools.items()]
    charts[NODE_POOLS] = [*classes, *huge_pages_overlays(config).values(), *pools]
    if config.argocd.smoke_tests == "postSync":
        charts |= _smoke_test_jobs(config)
    if extra:
        charts[EXTRA_MANIFESTS] = [each.manifest for each in extra]
    return _finished(charts, config)


def _smoke_tests(config: ClusterConfig) -> dict[str, list[dict[str, Any]]]:
    tests = config.smoke_tests
    charts = {}
    if tests.gpu is not None:
        charts[GPU_SMOKE_TEST] = [gpu_smoke_test(tests.gpu)]
    if tests.efa is not None:
        charts[EFA_SMOKE_TEST] = [efa_smoke_test(tests.efa)]
    if tests.node is not None:
        charts[NODE_TEST] = [node_test(tests.node)]
    if tests.nccl is not None:
        charts[NCCL_TEST] = nccl_test(tests.nccl)
    if config.argocd.smoke_tests == "application":
        charts |= _smoke_test_jobs(config)
    return _finished(charts, config)


def _finished(charts: dict[str, list[dict[str, Any]]], config: ClusterConfig) -> dict[str, list[dict[str, Any]]]:
    """Return the charts with what all objects have: the cluster's labels, and the reasons for what is ignored."""
    labelled = {
        chart: [labels.of_cluster(manifest, config.cluster.name) for manifest in manifests]
        for chart, manifests in charts.items()
    }
    return annotate(config.ignore, labelled)


def _smoke_test_jobs(config: ClusterConfig) -> dict[str, list[dict[str, Any]]]:
    tests, argocd = config.smoke_tests, config.argocd
    jobs = []
    if tests.gpu is not None:
        jobs.append(gpu_smoke_test_job(tests.gpu, argocd))
    if tests.efa is not None:
        jobs.append(efa_smoke_test_job(tests.efa, argocd))
    return {SMOKE_TEST_JOBS: jobs} if jobs else {}


def all_charts(config: ClusterConfig, store: Path | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return all manifests of a configuration by the name of their chart, smoke tests last.

    Raises:
        ChartError: As `all_objects`.
        ExtraManifestsError: As `all_objects`.

    Warns:
        ConfigWarning: Something is ignored for an object that is not there.
    """
    charts = all_objects(config, store).charts
    warn_of_unknown(config.ignore, [identity_of(manifest) for manifest in chain(*charts.values())])
    return charts


def with_cluster_settings(config: ClusterConfig) -> ClusterConfig:
    """Return the configuration with what its parts leave to the cluster's section, and to each other.

    That is, among others, what the pools' `efa` and `capacity` mean for node classes and for the EFA plugin.
    """
    config = expanded(config)
    if config.cluster.feature_gates:
        # Most configurations have none.
        from cdk8s_eks_gpu.objects.feature_gates import with_feature_gates  # noqa: PLC0415

        config = with_feature_gates(config)
    if config.argocd.sync_waves:
        config = with_sync_waves(config)
    config = with_replaced_tests(config)
    tests = config.smoke_tests
    if tests.node or tests.nccl:
        # Most configurations do not need the facts of instance types.
        from cdk8s_eks_gpu.config.node_facts import with_node_facts  # noqa: PLC0415

        tests = with_node_facts(tests, config.node_pools)
    return config.model_copy(update={"plugins": _one_namespace(config.plugins), "smoke_tests": _settled(tests, config)})


def _one_namespace(plugins: Plugins) -> Plugins:
    """Have a namespace that both device plugins live in made once."""
    nvidia, efa = plugins.nvidia, plugins.efa
    if nvidia is None or efa is None or nvidia.namespace != efa.namespace:
        return plugins
    return plugins.model_copy(update={"efa": efa.model_copy(update={"create_namespace": False})})


def _settled(tests: SmokeTests, config: ClusterConfig) -> SmokeTests:
    """Give the tests what they leave to the cluster and to the pool that they name; what the user says stays."""
    return tests.model_copy(
        update={name: _settled_test(getattr(tests, name), config) for name in type(tests).model_fields}
    )


def _settled_test(
    options: GpuSmokeTestOptions | EfaSmokeTestOptions | NodeTestOptions | NcclTestOptions | None, config: ClusterConfig
) -> object:
    if options is None:
        return None
    settings: dict[str, object] = {}
    if config.cluster.image_registry is not None and "image" not in options.model_fields_set:
        settings["image"] = mirrored(options.image, config.cluster.image_registry)
    if options.image_pull_secrets is None:
        settings["image_pull_secrets"] = config.cluster.image_pull_secrets
    is_said = "tolerations" in options.model_fields_set
    if isinstance(options, SmokeTestOptions) and options.node_pool is not None and not is_said:
        taints = config.node_pools[options.node_pool].taints
        settings["tolerations"] = (*options.tolerations, *tolerations_of(taints, beside=options.tolerations))
    return options.model_copy(update=settings)
