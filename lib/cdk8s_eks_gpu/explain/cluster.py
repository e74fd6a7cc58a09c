"""The manifests that `cluster.yaml` leads to, as far as scheduling depends on them, without cdk8s and Node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.charts.plugins import cluster_plugin_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions
    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
    from cdk8s_eks_gpu.config.smoke_tests import EfaSmokeTestOptions, GpuSmokeTestOptions


def cluster_manifests(config: ClusterConfig) -> Iterator[dict[str, Any]]:
    """Yield the pools, node classes, device plugins and smoke tests of a configuration as manifests.

    Raises:
        ChartError: The chart of a device plugin was never rendered, and cannot be rendered here.
    """
    for name, pool in config.node_pools.items():
        yield _node_pool(name, pool)
    for name, node_class in config.node_classes.items():
        yield _node_class(name, node_class)
    for manifests in cluster_plugin_objects(config).values():
        yield from manifests
    if config.smoke_tests.gpu is not None:
        yield _pod(config.smoke_tests.gpu, {vocabulary.GPU: config.smoke_tests.gpu.gpus})
    if config.smoke_tests.efa is not None:
        efa = config.smoke_tests.efa
        yield _pod(efa, {vocabulary.GPU: efa.gpus, vocabulary.EFA: efa.efa_interfaces})


def _node_pool(name: str, options: NodePoolOptions) -> dict[str, Any]:
    spec = {
        "nodeClassRef": {
            "group": vocabulary.NODE_CLASS_GROUP,
            "kind": vocabulary.NODE_CLASS_KIND,
            "name": options.node_class,
        },
        "requirements": [_plain(requirement) for requirement in options.all_requirements()],
        "taints": [_plain(taint) for taint in options.taints],
    }
    template = {"metadata": {"labels": options.all_labels() or {}}, "spec": spec}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {"template": template, "limits": dict(options.limits or {})},
    }


def _node_class(name: str, options: NodeClassOptions) -> dict[str, Any]:
    disks, interfaces = options.all_block_device_mappings(), options.network_interfaces
    return {
        "apiVersion": f"{vocabulary.NODE_CLASS_GROUP}/v1",
        "kind": vocabulary.NODE_CLASS_KIND,
        "metadata": {"name": name},
        "spec": {
            "amiFamily": options.ami_family,
            "amiSelectorTerms": [_plain(term) for term in options.all_ami_selector_terms()],
            "blockDeviceMappings": [_plain(disk) for disk in disks or ()],
            "instanceStorePolicy": options.instance_store_policy,
            "kubelet": None if options.kubelet is None else _plain(options.kubelet),
            "networkInterfaces": None if interfaces is None else [_plain(interface) for interface in interfaces],
        },
    }


def _pod(options: GpuSmokeTestOptions | EfaSmokeTestOptions, devices: dict[str, int]) -> dict[str, Any]:
    limits = {name: count for name, count in devices.items() if count}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": options.name, "namespace": options.namespace},
        "spec": {
            "nodeSelector": {} if options.node_pool is None else {vocabulary.NODE_POOL: options.node_pool},
            "tolerations": [_plain(toleration) for toleration in options.tolerations],
            "containers": [{"name": "test", "image": options.image, "resources": {"limits": limits}}],
        },
    }


def _plain(options: BaseModel) -> dict[str, Any]:
    return options.model_dump(mode="json", by_alias=True, exclude_none=True)
