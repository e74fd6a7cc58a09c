"""What a cdk8s app composes. Everything public is here; the options of each construct come along from `config`."""

from cdk8s_eks_gpu.constructs.node import start_node

start_node()  # Before anything else: it boots while the rest is imported.

from cdk8s_eks_gpu.config.class_profile import node_class_for  # noqa: E402
from cdk8s_eks_gpu.config.cluster import ClusterConfig  # noqa: E402
from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions  # noqa: E402
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions  # noqa: E402
from cdk8s_eks_gpu.config.load import load_cluster  # noqa: E402
from cdk8s_eks_gpu.config.node_class import NodeClassOptions  # noqa: E402
from cdk8s_eks_gpu.config.node_pool import NodePoolOptions  # noqa: E402
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions  # noqa: E402
from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions  # noqa: E402
from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions  # noqa: E402
from cdk8s_eks_gpu.objects import stack as _  # noqa: E402, F401 -- all that is pure, before the rest waits for Node.js

# isort: split
from cdk8s_eks_gpu.constructs.app import GpuApp  # noqa: E402
from cdk8s_eks_gpu.constructs.device_plugins import EfaDevicePlugin, NvidiaDevicePlugin  # noqa: E402
from cdk8s_eks_gpu.constructs.helm_release import HelmRelease  # noqa: E402
from cdk8s_eks_gpu.constructs.node_class import NodeClass  # noqa: E402
from cdk8s_eks_gpu.constructs.node_pool import NodePool  # noqa: E402
from cdk8s_eks_gpu.constructs.smoke_tests import EfaSmokeTest, GpuSmokeTest  # noqa: E402
from cdk8s_eks_gpu.constructs.stack import GpuStack  # noqa: E402
from cdk8s_eks_gpu.constructs.whole_node_tests import NcclTest, NodeTest  # noqa: E402

__all__ = [
    "ClusterConfig",
    "EfaDevicePlugin",
    "EfaDevicePluginOptions",
    "EfaSmokeTest",
    "EfaSmokeTestOptions",
    "GpuApp",
    "GpuSmokeTest",
    "GpuSmokeTestOptions",
    "GpuStack",
    "HelmRelease",
    "HelmReleaseOptions",
    "NcclTest",
    "NcclTestOptions",
    "NodeClass",
    "NodeClassOptions",
    "NodePool",
    "NodePoolOptions",
    "NodeTest",
    "NodeTestOptions",
    "NvidiaDevicePlugin",
    "NvidiaDevicePluginOptions",
    "load_cluster",
    "node_class_for",
]
