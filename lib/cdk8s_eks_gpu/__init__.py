"""GPU and EFA node pools for Amazon EKS, as typed cdk8s constructs with manifests that are proven before they cost.

All that an app or a script of one's own needs is here: docs/api.md lists it. Each name is loaded when it is first used,
so that importing this package starts no Node.js, which the constructs need; options, checks and errors never start it.

The rooms of the package say what they hold: `config` what a user may write, `constructs` what a cdk8s app composes,
`charts` how a pinned Helm chart becomes manifests, `objects` how options do, `manifests` how YAML is read,
`instances`, `releases` and `requirements` what EC2 and Karpenter know, `provisioning` which instance types a pool
launches, `explain` the same as an answer to read, `admission` what is refused of one object, `preflight` the checks
over all of them, `findings` how they are reported, `vocabulary` the names of Kubernetes, Karpenter and AWS. Only
`constructs` touches cdk8s.
"""

from importlib import import_module

TYPE_CHECKING = False  # typing's own would be imported, which is most of the time in which Ctrl-C shows a traceback
if TYPE_CHECKING:
    import cdk8s

    from cdk8s_eks_gpu.config.capacity import Capacity, StaticCapacity
    from cdk8s_eks_gpu.config.class_profile import node_class_for
    from cdk8s_eks_gpu.config.cluster import Cluster, ClusterConfig, Plugins
    from cdk8s_eks_gpu.config.containers import ContainerResources, Image
    from cdk8s_eks_gpu.config.delivery import ArgoCd, Delivery
    from cdk8s_eks_gpu.config.ec2 import (
        AmiSelectorTerm,
        BlockDeviceMapping,
        CapacityReservationSelectorTerm,
        ConnectionTracking,
        CpuOptions,
        Ebs,
        EnclaveOptions,
        Kubelet,
        MetadataOptions,
        NetworkInterface,
        PlacementGroupSelector,
        SecurityGroupSelectorTerm,
        SubnetSelectorTerm,
    )
    from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
    from cdk8s_eks_gpu.config.helm import HelmReleaseOptions, JsonPatchOperation, ObjectSelector, Patch
    from cdk8s_eks_gpu.config.load import load_cluster, load_clusters, parse_cluster
    from cdk8s_eks_gpu.config.metadata import Ignore, ObjectMetadata
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions, RootVolume
    from cdk8s_eks_gpu.config.node_pool import Budget, Disruption, NodePoolOptions
    from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
    from cdk8s_eks_gpu.config.nvidia_configuration import Mps, NvidiaConfiguration, SharedResource, TimeSlicing
    from cdk8s_eks_gpu.config.scheduling import Requirement, Taint, Toleration
    from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions, SmokeTestOptions, SmokeTests
    from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions, WholeNodeOptions
    from cdk8s_eks_gpu.constructs.app import GpuApp, reports
    from cdk8s_eks_gpu.constructs.device_plugins import EfaDevicePlugin, NvidiaDevicePlugin
    from cdk8s_eks_gpu.constructs.extra_manifests import ExtraManifests
    from cdk8s_eks_gpu.constructs.helm_release import HelmRelease
    from cdk8s_eks_gpu.constructs.ignore import ignore
    from cdk8s_eks_gpu.constructs.node_class import NodeClass
    from cdk8s_eks_gpu.constructs.node_pool import NodePool
    from cdk8s_eks_gpu.constructs.preflight import without_preflight
    from cdk8s_eks_gpu.constructs.smoke_tests import EfaSmokeTest, GpuSmokeTest
    from cdk8s_eks_gpu.constructs.stack import GpuStack
    from cdk8s_eks_gpu.constructs.versions import versions
    from cdk8s_eks_gpu.constructs.whole_node_tests import NcclTest, NodeTest
    from cdk8s_eks_gpu.errors import (
        ChartError,
        ConfigError,
        ConfigWarning,
        DumpError,
        EksGpuError,
        ExtraManifestsError,
        LayoutNotKnownError,
        LiveError,
        MarkerError,
        MissingOptionError,
        NodeMissingError,
        NoSuchPathError,
        OutputError,
        PreflightError,
        Problem,
        QuantityError,
        RefusedError,
        RenderingMissingError,
        RequirementError,
        SeveralError,
        UnknownNameError,
    )
    from cdk8s_eks_gpu.findings import CheckedFor, Finding, Report, Rule, Severity
    from cdk8s_eks_gpu.findings.rule_ids import RuleId
    from cdk8s_eks_gpu.nccl import NcclCheck, NcclReport, check_nccl_log
    from cdk8s_eks_gpu.preflight.check import check, check_paths

    __version__: str

__all__ = [
    "AmiSelectorTerm",
    "ArgoCd",
    "BlockDeviceMapping",
    "Budget",
    "Capacity",
    "CapacityReservationSelectorTerm",
    "ChartError",
    "CheckedFor",
    "Cluster",
    "ClusterConfig",
    "ConfigError",
    "ConfigWarning",
    "ConnectionTracking",
    "ContainerResources",
    "CpuOptions",
    "Delivery",
    "Disruption",
    "DumpError",
    "Ebs",
    "EfaDevicePlugin",
    "EfaDevicePluginOptions",
    "EfaSmokeTest",
    "EfaSmokeTestOptions",
    "EksGpuError",
    "EnclaveOptions",
    "ExtraManifests",
    "ExtraManifestsError",
    "Finding",
    "GpuApp",
    "GpuSmokeTest",
    "GpuSmokeTestOptions",
    "GpuStack",
    "HelmRelease",
    "HelmReleaseOptions",
    "Ignore",
    "Image",
    "JsonPatchOperation",
    "Kubelet",
    "LayoutNotKnownError",
    "LiveError",
    "MarkerError",
    "MetadataOptions",
    "MissingOptionError",
    "Mps",
    "NcclCheck",
    "NcclReport",
    "NcclTest",
    "NcclTestOptions",
    "NetworkInterface",
    "NoSuchPathError",
    "NodeClass",
    "NodeClassOptions",
    "NodeMissingError",
    "NodePool",
    "NodePoolOptions",
    "NodeTest",
    "NodeTestOptions",
    "NvidiaConfiguration",
    "NvidiaDevicePlugin",
    "NvidiaDevicePluginOptions",
    "ObjectMetadata",
    "ObjectSelector",
    "OutputError",
    "Patch",
    "PlacementGroupSelector",
    "Plugins",
    "PreflightError",
    "Problem",
    "QuantityError",
    "RefusedError",
    "RenderingMissingError",
    "Report",
    "Requirement",
    "RequirementError",
    "RootVolume",
    "Rule",
    "RuleId",
    "SecurityGroupSelectorTerm",
    "SeveralError",
    "Severity",
    "SharedResource",
    "SmokeTestOptions",
    "SmokeTests",
    "StaticCapacity",
    "SubnetSelectorTerm",
    "Taint",
    "TimeSlicing",
    "Toleration",
    "UnknownNameError",
    "WholeNodeOptions",
    "cdk8s",
    "check",
    "check_nccl_log",
    "check_paths",
    "ignore",
    "load_cluster",
    "load_clusters",
    "node_class_for",
    "parse_cluster",
    "reports",
    "versions",
    "without_preflight",
]

_HOMES = {
    "config.capacity": ("Capacity", "StaticCapacity"),
    "config.class_profile": ("node_class_for",),
    "config.cluster": ("Cluster", "ClusterConfig", "Plugins"),
    "config.containers": ("ContainerResources", "Image"),
    "config.delivery": ("ArgoCd", "Delivery"),
    "config.ec2": (
        "AmiSelectorTerm",
        "BlockDeviceMapping",
        "CapacityReservationSelectorTerm",
        "ConnectionTracking",
        "CpuOptions",
        "Ebs",
        "EnclaveOptions",
        "Kubelet",
        "MetadataOptions",
        "NetworkInterface",
        "PlacementGroupSelector",
        "SecurityGroupSelectorTerm",
        "SubnetSelectorTerm",
    ),
    "config.efa": ("EfaDevicePluginOptions",),
    "config.helm": ("HelmReleaseOptions", "JsonPatchOperation", "ObjectSelector", "Patch"),
    "config.load": ("load_cluster", "load_clusters", "parse_cluster"),
    "config.metadata": ("Ignore", "ObjectMetadata"),
    "config.node_class": ("NodeClassOptions", "RootVolume"),
    "config.node_pool": ("Budget", "Disruption", "NodePoolOptions"),
    "config.nvidia": ("NvidiaDevicePluginOptions",),
    "config.nvidia_configuration": ("Mps", "NvidiaConfiguration", "SharedResource", "TimeSlicing"),
    "config.scheduling": ("Requirement", "Taint", "Toleration"),
    "config.smoke_tests": ("EfaSmokeTestOptions", "GpuSmokeTestOptions", "SmokeTestOptions", "SmokeTests"),
    "config.whole_nodes": ("NcclTestOptions", "NodeTestOptions", "WholeNodeOptions"),
    "constructs.app": ("GpuApp", "reports"),
    "constructs.device_plugins": ("EfaDevicePlugin", "NvidiaDevicePlugin"),
    "constructs.extra_manifests": ("ExtraManifests",),
    "constructs.helm_release": ("HelmRelease",),
    "constructs.ignore": ("ignore",),
    "constructs.node_class": ("NodeClass",),
    "constructs.node_pool": ("NodePool",),
    "constructs.preflight": ("without_preflight",),
    "constructs.smoke_tests": ("EfaSmokeTest", "GpuSmokeTest"),
    "constructs.stack": ("GpuStack",),
    "constructs.versions": ("versions",),
    "constructs.whole_node_tests": ("NcclTest", "NodeTest"),
    "errors": (
        "ChartError",
        "ConfigError",
        "ConfigWarning",
        "DumpError",
        "EksGpuError",
        "ExtraManifestsError",
        "LayoutNotKnownError",
        "LiveError",
        "MarkerError",
        "MissingOptionError",
        "NodeMissingError",
        "NoSuchPathError",
        "OutputError",
        "PreflightError",
        "Problem",
        "QuantityError",
        "RefusedError",
        "RenderingMissingError",
        "RequirementError",
        "SeveralError",
        "UnknownNameError",
    ),
    "findings": ("CheckedFor", "Finding", "Report", "Rule", "Severity"),
    "findings.rule_ids": ("RuleId",),
    "nccl": ("NcclCheck", "NcclReport", "check_nccl_log"),
    "preflight.check": ("check", "check_paths"),
}
"""The module of each name."""


if not TYPE_CHECKING:  # A type checker that saw it would take any name for one that is there.

    def __getattr__(name: str) -> object:
        """Load what is asked for (PEP 562)."""
        if name == "__version__":
            return import_module("importlib.metadata").version("cdk8s-eks-gpu")
        if name == "cdk8s":
            import_module("cdk8s_eks_gpu.constructs.node").start_node()
            return import_module(name)
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{home}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what there is, loaded or not."""
    return sorted({*globals(), *__all__, "__version__"})
