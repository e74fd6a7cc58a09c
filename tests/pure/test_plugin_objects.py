"""What the options become in the objects of the plugins' charts."""

import pytest
import yaml

from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.shapes import shipped_versions
from cdk8s_eks_gpu.config.containers import ContainerResources
from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia_configuration import Mps, NvidiaConfiguration, TimeSlicing
from cdk8s_eks_gpu.config.scheduling import Toleration
from cdk8s_eks_gpu.objects.device_plugins import efa_device_plugin, nvidia_device_plugin

VERSIONS = shipped_versions(NVIDIA)
CLUSTER_SCOPED = {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"}
WORKER = "nvdp-node-feature-discovery-worker"
PLUGIN = "nvdp-nvidia-device-plugin"
GFD = f"{PLUGIN}-gpu-feature-discovery"
MPS = f"{PLUGIN}-mps-control-daemon"
OTHER_TAINT = {"key": "example.com/team", "operator": "Equal", "value": "ml", "effect": "NoSchedule"}
GPU = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


def pods(manifests):
    """Return the spec of the pods of each DaemonSet and Deployment, by name."""
    kinds = ("DaemonSet", "Deployment")
    return {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in manifests if each["kind"] in kinds}


def env(container):
    """Return the environment of a container, by name."""
    return {each["name"]: each.get("value") for each in container["env"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_renders_safely(version):
    """Of every version there are four DaemonSets, lean CRDs, no hook, and each object is in its namespace."""
    manifests = nvidia_device_plugin(NvidiaDevicePluginOptions(version=version))
    kinds = [each["kind"] for each in manifests]
    assert {each["metadata"]["name"] for each in manifests if each["kind"] == "DaemonSet"} == {WORKER, GFD, PLUGIN, MPS}
    assert kinds.count("CustomResourceDefinition") == (2 if version == "0.17.4" else 3)
    assert "Job" not in kinds
    assert "helm.sh/hook" not in str(manifests)
    assert "description" not in str([each for each in manifests if each["kind"] == "CustomResourceDefinition"])
    for each in manifests:
        assert each["metadata"].get("namespace") == (None if each["kind"] in CLUSTER_SCOPED else "nvidia"), each


@pytest.mark.parametrize("version", VERSIONS)
def test_options_reach_every_pod_that_a_gpu_needs(version):
    """Tolerations are on all four DaemonSets, the NFD worker's too; images all come from the registry."""
    options = NvidiaDevicePluginOptions(
        version=version,
        tolerations=[Toleration(**OTHER_TAINT)],
        node_selector={"nodeType": "nvidia"},
        resources=ContainerResources(requests={"cpu": "50m"}),
        priority_class_name="gpu",
        image_pull_secrets=["login"],
        mig_strategy="single",
        fail_on_init_error=False,
        device_list_strategy=["envvar", "cdi-cri"],
        device_id_strategy="index",
    )
    found = pods(nvidia_device_plugin(options, image_registry="r.example.com/m"))
    for name in (WORKER, PLUGIN, GFD, MPS):
        assert GPU in found[name]["tolerations"]
        assert OTHER_TAINT in found[name]["tolerations"]
    containers = [each for pod in found.values() for each in [*(pod.get("initContainers") or ()), *pod["containers"]]]
    assert {each["image"].rpartition(":")[0] for each in containers} == {
        "r.example.com/m/nvidia/k8s-device-plugin",
        "r.example.com/m/nfd/node-feature-discovery",
    }
    assert all(pod["imagePullSecrets"] == [{"name": "login"}] for pod in found.values())
    for name in (PLUGIN, GFD, MPS):
        assert found[name]["priorityClassName"] == "gpu"
        assert found[name]["nodeSelector"]["nodeType"] == "nvidia"
        assert found[name]["containers"][0]["resources"] == {"requests": {"cpu": "50m"}}
    variables = env(found[PLUGIN]["containers"][0])
    assert variables["MIG_STRATEGY"] == "single"
    assert variables["FAIL_ON_INIT_ERROR"] == "false"
    assert variables["DEVICE_LIST_STRATEGY"] == "envvar,cdi-cri"
    assert variables["DEVICE_ID_STRATEGY"] == "index"


@pytest.mark.parametrize("version", VERSIONS)
def test_configurations_become_files_of_the_plugin(version):
    """Each configuration is a file of the ConfigMap; a node that chooses none gets an empty one."""
    options = NvidiaDevicePluginOptions(
        version=version,
        configurations={
            "shared": NvidiaConfiguration(time_slicing=TimeSlicing(replicas=4)),
            "parts": NvidiaConfiguration(mps=Mps(replicas=2), mig_strategy="none"),
        },
    )
    manifests = nvidia_device_plugin(options)
    files = next(each["data"] for each in manifests if each["metadata"]["name"] == f"{PLUGIN}-configs")
    resource = {"name": "nvidia.com/gpu", "replicas": 4}
    assert yaml.safe_load(files["shared"]) == {"version": "v1", "sharing": {"timeSlicing": {"resources": [resource]}}}
    assert yaml.safe_load(files["parts"]) == {
        "version": "v1",
        "flags": {"migStrategy": "none"},
        "sharing": {"mps": {"resources": [resource | {"replicas": 2}]}},
    }
    for name in (PLUGIN, GFD, MPS):
        chooser = next(
            each for each in pods(manifests)[name]["initContainers"] if each["command"] == ["config-manager"]
        )
        variables = env(chooser)
        assert variables["NODE_LABEL"] == "nvidia.com/device-plugin.config"
        assert (variables["DEFAULT_CONFIG"], variables["FALLBACK_STRATEGIES"]) == (None, "empty")


@pytest.mark.parametrize("version", VERSIONS)
def test_sharing_for_all_nodes_is_the_default_configuration(version):
    """Time slicing without names is what every node gets."""
    options = NvidiaDevicePluginOptions(version=version, time_slicing=TimeSlicing(replicas=4))
    pod = pods(nvidia_device_plugin(options))[PLUGIN]
    assert env(pod["initContainers"][0])["DEFAULT_CONFIG"] == "default"


def test_options_of_the_efa_plugin_reach_its_daemon_set():
    """The EFA plugin lands on the types given, in China, with the image of that region."""
    options = EfaDevicePluginOptions(
        node_selector={"efa": "present"},
        supported_instance_types=["p5.48xlarge"],
        resources=ContainerResources(limits={"memory": "64Mi"}),
        image_pull_secrets=["login"],
    )
    (daemon_set,) = efa_device_plugin(options, region="cn-north-1")
    pod = daemon_set["spec"]["template"]["spec"]
    (term,) = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"][0] == {
        "key": "node.kubernetes.io/instance-type",
        "operator": "In",
        "values": ["p5.48xlarge"],
    }
    assert pod["nodeSelector"] == {"efa": "present"}
    assert pod["imagePullSecrets"] == [{"name": "login"}]
    container = pod["containers"][0]
    registry = "918309763551.dkr.ecr.cn-north-1.amazonaws.com.cn"
    assert container["image"].rpartition(":")[0] == f"{registry}/eks/aws-efa-k8s-device-plugin"
    assert container["resources"] == {"requests": {"cpu": "10m", "memory": "20Mi"}, "limits": {"memory": "64Mi"}}
