"""All of a cluster's configuration as charts, in the order in which they are applied."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

import cdk8s

from cdk8s_eks_gpu.constructs.app import GpuApp
from cdk8s_eks_gpu.constructs.device_plugins import EfaDevicePlugin, NvidiaDevicePlugin
from cdk8s_eks_gpu.constructs.extra_manifests import ExtraManifests
from cdk8s_eks_gpu.constructs.node_class import NodeClass
from cdk8s_eks_gpu.constructs.node_pool import NodePool
from cdk8s_eks_gpu.constructs.places import identity, reference
from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.constructs.smoke_tests import EfaSmokeTest, GpuSmokeTest
from cdk8s_eks_gpu.constructs.versions import Versions, assign, claim
from cdk8s_eks_gpu.constructs.whole_node_tests import NcclTest, NodeTest
from cdk8s_eks_gpu.errors import EksGpuError
from cdk8s_eks_gpu.objects import stack
from cdk8s_eks_gpu.objects.device_plugins import efa_settings, nvidia_settings
from cdk8s_eks_gpu.objects.ignore import annotations_for, warn_of_unknown
from cdk8s_eks_gpu.objects.labels import cluster_labels
from cdk8s_eks_gpu.objects.node_class import node_class
from cdk8s_eks_gpu.objects.node_overlay import huge_pages_overlays
from cdk8s_eks_gpu.objects.node_pool import node_pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from constructs import Construct

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.ignore import Ignore
    from cdk8s_eks_gpu.config.smoke_tests import SmokeTests


T = TypeVar("T", bound=SingleObject)


class GpuStack:
    """All that a configuration asks for, a chart each: device plugins, node classes and node pools, smoke tests.

    Not a construct itself: its charts are children of the scope, so that cdk8s names their files without a hash.

    Attributes:
        nvidia_device_plugin: NVIDIA's device plugin, if the configuration installs it.
        efa_device_plugin: The EFA device plugin, if the configuration installs it.
        node_classes: The node classes by name.
        node_pools: The node pools by name.
        extra_manifests: The user's own manifests, if the configuration names any.
        charts: The charts, in the order in which they are applied; those of the smoke tests come last.
    """

    def __init__(
        self,
        scope: Construct,
        config: ClusterConfig,
        *,
        id: str | None = None,
        smoke_tests: Construct | bool = True,
        chart_store: Path | None = None,
    ) -> None:
        """Make the charts in the scope.

        Args:
            scope: An app, or anything that charts may be put in. All in it that no other stack made is checked together
                with the first stack there.
            config: What to make.
            id: What the names of the charts, and so of their files, begin with. None leaves them plain for the first
                stack in the scope, and takes the cluster's name for any other.
            smoke_tests: Where the charts of the smoke tests go. True puts them where a `GpuApp` has them, in a folder
                of their own, and in any other app beside the rest, after it: apply them when the rest is ready. False
                leaves them out.
            chart_store: The project's own renderings; None takes EKS_GPU_CHART_STORE, or the working directory's.

        Raises:
            ExtraManifestsError: The user's own manifests cannot be read.
            RenderingMissingError: A device plugin has `values`, or a version, that Helm never rendered.
            EksGpuError: There are stacks of that id, or of a cluster of that name, in the scope.

        Warns:
            ConfigWarning: `ignore` names an object that is not there.
        """
        config = stack.with_cluster_settings(config)
        cluster, nvidia, efa = config.cluster, config.plugins.nvidia, config.plugins.efa
        versions = claim(scope, cluster.name, cluster.karpenter_version, cluster.kubernetes_version)
        charts = _Charts(scope, versions, cluster.name, id)
        self.nvidia_device_plugin = self.efa_device_plugin = None
        if nvidia is not None:
            self.nvidia_device_plugin = NvidiaDevicePlugin(
                charts.add(stack.NVIDIA_DEVICE_PLUGIN),
                "Plugin",
                nvidia,
                chart_store=chart_store,
                **nvidia_settings(config),
            )
        if efa is not None:
            self.efa_device_plugin = EfaDevicePlugin(
                charts.add(stack.EFA_DEVICE_PLUGIN), "Plugin", efa, chart_store=chart_store, **efa_settings(config)
            )
        # Classes before pools: kubectl and Argo CD then meet a pool's class before the pool.
        pools = charts.add(stack.NODE_POOLS)
        classes = {name: node_class(name, options) for name, options in config.node_classes.items()}
        self.node_classes = _add(pools, NodeClass, "class", classes)
        overlays = _add(pools, SingleObject, "overlay", huge_pages_overlays(config))
        self.node_pools = _add(
            pools, NodePool, "pool", {name: node_pool(name, options) for name, options in config.node_pools.items()}
        )
        made: list[SingleObject] = [*self.node_classes.values(), *overlays.values(), *self.node_pools.values()]
        jobs = stack.smoke_test_jobs(config)
        if jobs and config.argocd.smoke_tests == "postSync":
            made += _add_jobs(charts.add(stack.SMOKE_TEST_JOBS), jobs)
        self.extra_manifests = None
        if config.extra_manifests:
            chart = charts.add(stack.EXTRA_MANIFESTS)
            self.extra_manifests = ExtraManifests(chart, "Manifests", config.extra_manifests)
        tests = _place_of_smoke_tests(scope, smoke_tests)
        beside = charts if tests is None or tests is scope else _Charts(tests, versions, cluster.name, id)
        if tests is not None:
            made += _add_pods(beside, config.smoke_tests)
            if jobs and config.argocd.smoke_tests == "application":
                made += _add_jobs(beside.add(stack.SMOKE_TEST_JOBS), jobs)
        self.charts = (*charts.made, *(beside.made if beside is not charts else ()))
        several = (self.nvidia_device_plugin, self.efa_device_plugin, self.extra_manifests)
        objects = [
            *(each for some in several if some for each in some.objects.values()),
            *(each.resource for each in made),
            *(each.service for each in made if isinstance(each, NcclTest) and each.service is not None),
        ]
        _ignore(config.ignore, objects, complete=tests is not None)


class _Charts:
    """The charts of a stack in one scope. Their names say in which order they are applied."""

    def __init__(self, scope: Construct, versions: Versions, cluster: str, id: str | None) -> None:
        self.made: list[cdk8s.Chart] = []
        self._scope, self._versions = scope, versions
        self._prefix = _prefix(scope, cluster, id)
        self._labels = cluster_labels(cluster)

    def add(self, name: str) -> cdk8s.Chart:
        """Add a chart; cdk8s puts the labels on every object of it."""
        chart = cdk8s.Chart(self._scope, f"{self._prefix}{name}", labels=self._labels)
        assign(chart, self._versions)
        self.made.append(chart)
        return chart


# What the names of the stacks' charts begin with, by jsii's name for the scope.
_PREFIXES: dict[str, set[str]] = defaultdict(set)


def _prefix(scope: Construct, cluster: str, id: str | None) -> str:
    """Return what the names of a stack's charts begin with, which no other stack in the scope has."""
    taken = _PREFIXES[reference(scope)]
    prefix = f"{id}-" if id is not None else f"{cluster}-" if taken else ""
    if prefix in taken:
        name = prefix.removesuffix("-")
        raise EksGpuError(f"There is a stack {name!r} in this scope already: give each GpuStack an id of its own.")
    taken.add(prefix)
    return prefix


def _place_of_smoke_tests(scope: Construct, wanted: Construct | bool) -> Construct | None:  # noqa: FBT001 -- as given
    if not isinstance(wanted, bool):
        return wanted
    if not wanted:
        return None
    app = scope if isinstance(scope, GpuApp) else scope.node.root
    return app.smoke_tests if isinstance(app, GpuApp) else scope


def _add(chart: cdk8s.Chart, of: type[T], prefix: str, manifests: Mapping[str, dict[str, Any]]) -> dict[str, T]:
    """Make constructs by the names of their objects."""
    made = of.of_manifests(chart, {f"{prefix}-{name}": manifest for name, manifest in manifests.items()})
    return dict(zip(manifests, made.values(), strict=True))


def _add_pods(charts: _Charts, tests: SmokeTests) -> Iterator[SingleObject]:
    if tests.gpu is not None:
        yield GpuSmokeTest(charts.add(stack.GPU_SMOKE_TEST), "Pod", tests.gpu)
    if tests.efa is not None:
        yield EfaSmokeTest(charts.add(stack.EFA_SMOKE_TEST), "Pod", tests.efa)
    if tests.node is not None:
        yield NodeTest(charts.add(stack.NODE_TEST), "Test", tests.node)
    if tests.nccl is not None:
        yield NcclTest(charts.add(stack.NCCL_TEST), "Test", tests.nccl)


def _add_jobs(chart: cdk8s.Chart, jobs: Mapping[str, dict[str, Any]]) -> Iterable[SingleObject]:
    return SingleObject.of_manifests(chart, jobs).values()


def _ignore(ignored: Sequence[Ignore], objects: Sequence[cdk8s.ApiObject], *, complete: bool) -> None:
    """Annotate the objects for which a rule is ignored; warn of those that are not there, if all are."""
    if complete:
        warn_of_unknown(ignored, [identity(each) for each in objects])
    for each in objects if ignored else ():
        for key, reason in annotations_for(ignored, *identity(each)).items():
            each.metadata.add_annotation(key, reason)
