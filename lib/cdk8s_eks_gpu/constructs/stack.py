"""All of a cluster's configuration as charts, in the order in which they are applied."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from cdk8s_eks_gpu.constructs import unchecked
from cdk8s_eks_gpu.constructs.app import GpuApp
from cdk8s_eks_gpu.constructs.device_plugins import EfaDevicePlugin, NvidiaDevicePlugin
from cdk8s_eks_gpu.constructs.extra_manifests import ExtraManifests
from cdk8s_eks_gpu.constructs.node_class import NodeClass
from cdk8s_eks_gpu.constructs.node_pool import NodePool
from cdk8s_eks_gpu.constructs.objects import Objects
from cdk8s_eks_gpu.constructs.places import reference
from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.constructs.smoke_tests import EfaSmokeTest, GpuSmokeTest
from cdk8s_eks_gpu.constructs.versions import Versions, assign, claim
from cdk8s_eks_gpu.constructs.whole_node_tests import NcclTest, NodeTest
from cdk8s_eks_gpu.errors import EksGpuError
from cdk8s_eks_gpu.objects import stack
from cdk8s_eks_gpu.objects.ignore import identity_of, warn_of_unknown
from cdk8s_eks_gpu.objects.labels import cluster_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import cdk8s
    from constructs import Construct

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.objects.stack import StackObjects


T = TypeVar("T", bound=Objects)


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

    def __init__(  # noqa: PLR0913 -- keyword-only, except the scope and the configuration
        self,
        scope: Construct,
        config: ClusterConfig,
        *,
        id: str | None = None,
        smoke_tests: Construct | bool = True,
        chart_store: Path | None = None,
        objects: StackObjects | None = None,
    ) -> None:
        """Create the charts in the scope.

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
            objects: The manifests of the configuration, if they are computed already.

        Raises:
            ExtraManifestsError: The user's own manifests cannot be read.
            RenderingMissingError: A device plugin has `values`, or a version, that Helm never rendered.
            EksGpuError: There are stacks of that id, or of a cluster of that name, in the scope.

        Warns:
            ConfigWarning: `ignore` names an object that is not there.
        """
        cluster = config.cluster
        objects = objects or stack.all_objects(config, chart_store)
        versions = claim(scope, cluster.name, cluster.karpenter_version, cluster.kubernetes_version)
        deployed = _Charts(scope, versions, cluster.name, id)
        for name, manifests in objects.stack.items():
            deployed.add(name, manifests)
        tests = _place_of_smoke_tests(scope, smoke_tests)
        tested = deployed if tests is None or tests is scope else _Charts(tests, versions, cluster.name, id)
        for name, manifests in objects.smoke_tests.items() if tests is not None else ():
            tested.add(name, manifests)
        self.charts = (*deployed.charts, *(tested.charts if tested is not deployed else ()))
        self.node_classes = {each.name: each for each in deployed.constructs if isinstance(each, NodeClass)}
        self.node_pools = {each.name: each for each in deployed.constructs if isinstance(each, NodePool)}
        self.nvidia_device_plugin = _first(deployed, NvidiaDevicePlugin)
        self.efa_device_plugin = _first(deployed, EfaDevicePlugin)
        self.extra_manifests = _first(deployed, ExtraManifests)
        if self.extra_manifests is not None:
            self.extra_manifests.add_sources(objects.extra)
        if tests is not None:
            warn_of_unknown(config.ignore, [identity_of(each) for each in chain(*objects.charts.values())])


# The constructs around the objects of the charts: id, or what it begins with where each object has its own, and class.
_OF_CHART: dict[str, tuple[str, type[Objects]]] = {
    stack.NVIDIA_DEVICE_PLUGIN: ("Plugin", NvidiaDevicePlugin),
    stack.EFA_DEVICE_PLUGIN: ("Plugin", EfaDevicePlugin),
    stack.EXTRA_MANIFESTS: ("Manifests", ExtraManifests),
    stack.GPU_SMOKE_TEST: ("Pod", GpuSmokeTest),
    stack.EFA_SMOKE_TEST: ("Pod", EfaSmokeTest),
    stack.NODE_TEST: ("Test", NodeTest),
    stack.NCCL_TEST: ("Test", NcclTest),
}
_OF_KIND: dict[str, tuple[str, type[Objects]]] = {
    "EC2NodeClass": ("class", NodeClass),
    "NodeOverlay": ("overlay", SingleObject),
    "NodePool": ("pool", NodePool),
    "Job": ("job", SingleObject),
}


class _Charts:
    """The charts of a stack in one scope. Their names say in which order they are applied."""

    def __init__(self, scope: Construct, versions: Versions, cluster: str, id: str | None) -> None:
        self.charts: list[cdk8s.Chart] = []
        self.constructs: list[Objects] = []
        self._scope, self._versions = scope, versions
        self._prefix = _prefix(scope, cluster, id)
        self._labels = cluster_labels(cluster)

    def add(self, name: str, manifests: Sequence[Mapping[str, Any]]) -> None:
        """Add a chart with its objects; cdk8s puts the labels on what else a user puts into it."""
        chart = unchecked.chart(self._scope, f"{self._prefix}{name}", self._labels)
        assign(chart, self._versions)
        self.charts.append(chart)
        if name in _OF_CHART:
            id, of = _OF_CHART[name]
            self.constructs += of.of_manifests(chart, {id: manifests}).values()
            return
        for kind, of_kind in groupby(manifests, key=itemgetter("kind")):
            prefix, of = _OF_KIND[kind]
            groups = {f"{prefix}-{manifest['metadata']['name']}": [manifest] for manifest in of_kind}
            self.constructs += of.of_manifests(chart, groups).values()


def _first(charts: _Charts, of: type[T]) -> T | None:
    return next((each for each in charts.constructs if isinstance(each, of)), None)


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
