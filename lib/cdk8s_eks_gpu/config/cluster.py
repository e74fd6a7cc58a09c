"""The whole of `cluster.yaml`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from cdk8s_eks_gpu.config.delivery import ArgoCd, Delivery
from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.feature_gates import gate_problems
from cdk8s_eks_gpu.config.helm import KubernetesVersion
from cdk8s_eks_gpu.config.metadata import Ignore
from cdk8s_eks_gpu.config.model import Options, placed
from cdk8s_eks_gpu.config.node_class import NodeClassOptions
from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
from cdk8s_eks_gpu.config.places import zones_elsewhere
from cdk8s_eks_gpu.config.profiles import expand
from cdk8s_eks_gpu.config.references import dangling
from cdk8s_eks_gpu.config.releases import newer_than_karpenter
from cdk8s_eks_gpu.config.scalars import CLUSTER_NAME, MINOR_VERSION, REGION, REGISTRY, SOME_TEXT, ObjectName
from cdk8s_eks_gpu.config.smoke_tests import SmokeTests


class Cluster(Options):
    """The EKS cluster that the manifests are for. Any value of the file may refer to these: `${cluster.name}`."""

    name: Annotated[str, Field(pattern=CLUSTER_NAME)] = Field(description="The EKS cluster's name.")
    kubernetes_version: KubernetesVersion = Field(description="The cluster's Kubernetes version, in quotes.")
    karpenter_version: Annotated[str, Field(pattern=MINOR_VERSION)] = Field(
        description="The version of Karpenter in the cluster, in quotes."
    )
    region: Annotated[str, Field(pattern=REGION)] | None = Field(
        default=None,
        description="The cluster's AWS region: the EFA plugin's image is taken from there, not from us-west-2.",
    )
    image_registry: Annotated[str, Field(pattern=REGISTRY)] | None = Field(
        default=None,
        description="A registry to take all images from, with their paths as they are at home: "
        "registry.example.com/mirror has mirror/nvidia/k8s-device-plugin.",
    )
    image_pull_secrets: Sequence[ObjectName] = Field(
        default=(),
        description="Secrets that the registries of images ask for, of that name in the namespaces of the device "
        "plugins and the smoke tests. ECR needs none.",
    )
    feature_gates: Mapping[str, bool] = Field(
        default_factory=dict,
        description="Feature gates of Karpenter that this cluster has on (true) or off, as the values of Karpenter's "
        "chart set them: StaticCapacity, NodeOverlay. What is on is not reported as needed.",
    )


class Plugins(Options):
    """The device plugins to install: `nvidia: {}` installs one with its defaults, leaving it out does not."""

    nvidia: NvidiaDevicePluginOptions | None = Field(default=None, description="NVIDIA's device plugin.")
    efa: EfaDevicePluginOptions | None = Field(default=None, description="The EFA device plugin.")


class ClusterConfig(Options):
    """What a team wants on one cluster: node classes, node pools, device plugins, smoke tests."""

    # Built at import, when synthesis waits for Node.js anyway.
    model_config = ConfigDict(defer_build=False)

    extends: str | None = Field(
        default=None,
        description="Another configuration file, beside this one or by a path from here, of which this one says what "
        "differs: mappings are merged, anything else replaces the other's, null removes it.",
    )
    cluster: Cluster = Field(description="The EKS cluster that the manifests are for.")
    node_classes: Annotated[Mapping[ObjectName, NodeClassOptions], Field(min_length=1)] = Field(
        description="Karpenter's EC2NodeClasses by name: how nodes are launched."
    )
    node_pools: Annotated[Mapping[ObjectName, NodePoolOptions], Field(min_length=1)] = Field(
        description="Karpenter's NodePools by name: which nodes are launched, and when."
    )
    plugins: Plugins = Field(default_factory=Plugins, description="The device plugins to install.")
    smoke_tests: SmokeTests = Field(default_factory=SmokeTests, description="The test Pods to write.")
    delivery: Delivery = Field(default_factory=Delivery, description="How the manifests reach the cluster.")
    extra_manifests: Sequence[Annotated[str, Field(pattern=SOME_TEXT)]] = Field(
        default=(),
        description="Manifests of your own that are written and checked with the rest: files, folders and patterns "
        "(jobs/*.yaml), from the folder of this file.",
    )
    ignore: Sequence[Ignore] = Field(
        default=(), description="What the preflight finds and is meant to be so, each with its reason."
    )

    @property
    def argocd(self) -> ArgoCd:
        """What Argo CD is to find in the manifests: nothing more than kubectl, unless the configuration says so."""
        return self.delivery.argocd or ArgoCd()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.extends is not None:
            raise placed([(("extends",), "is for files: load_cluster reads them, with those that they extend")])
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        data = self.model_dump(by_alias=True, exclude_none=True)
        problems = [*dangling(data), *newer_than_karpenter(data), *gate_problems(data)]
        if problems:
            text = "; ".join(f"{'.'.join(map(str, path))}: {message}" for path, message in problems)
            raise PydanticCustomError("whole_file", "{text}", {"text": text})
        return self

    @model_validator(mode="after")
    def _profiles_can_be_made(self) -> Self:
        problems = [
            *expand(self).problems,
            *zones_elsewhere(self.cluster.region, self.node_pools),
        ]
        if self.smoke_tests.node or self.smoke_tests.nccl:
            # Most configurations do not need the facts of instance types.
            from cdk8s_eks_gpu.config.node_facts import node_facts_problems  # noqa: PLC0415

            problems += node_facts_problems(self.smoke_tests, self.node_pools)
        if problems:
            raise placed(problems)
        return self
