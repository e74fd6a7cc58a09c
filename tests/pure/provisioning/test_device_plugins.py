"""Each row of the table of device plugins, and the chain by which devices get registered."""

import pytest
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    TOLERATE,
    cluster,
    daemon_set,
    families,
    fit,
    names,
    nfd_worker,
    nvidia_plugin,
    pool,
    reasons,
    requirement,
    workload,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.device_plugins import DEVICE_PLUGINS, NFD_WORKER, device_plugin, is_device

NVIDIA = "nvcr.io/nvidia/k8s-device-plugin:v0.18.0"
ECR = "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks"
ROWS = [
    ("registry.k8s.io/nfd/node-feature-discovery:v0.17.3", "nfd-worker", NFD_WORKER),
    (NVIDIA, "gpu-feature-discovery", "GPU feature discovery"),
    (NVIDIA, "mps-control-daemon", "the MPS control daemon"),
    (NVIDIA, "nvidia-device-plugin", "the NVIDIA device plugin"),
    ("nvcr.io/nvidia/gpu-feature-discovery:v0.8.2", "gpu-feature-discovery", "GPU feature discovery"),
    (f"{ECR}/aws-efa-k8s-device-plugin:v0.5.20", "efa-device-plugin", "the EFA device plugin"),
    ("public.ecr.aws/neuron/neuron-device-plugin:2.27", "", "the Neuron device plugin"),
    ("rocm/k8s-device-plugin:1.31.0.8", "", "the AMD GPU device plugin"),
    ("vault.habana.ai/docker-k8s-device-plugin/docker-k8s-device-plugin:1.22", "", "the Gaudi device plugin"),
    ("registry.example.com/amdgpu-device-plugin:1", "", "the AMD GPU device plugin"),
    ("registry.example.com/habanalabs-device-plugin:1", "", "the Gaudi device plugin"),
    ("registry.example.com/habana-device-plugin:1", "", "the Gaudi device plugin"),
    ("registry.example.com/k8s-device-plugin:1", "", "the NVIDIA device plugin"),
    ("registry.k8s.io/nfd/node-feature-discovery:v0.17.3", "nfd-master", None),
    ("fluent/fluent-bit:4.1", "fluent-bit", None),
]


@pytest.mark.parametrize(("image", "command", "row"), ROWS)
def test_rows(image, command, row):
    """A DaemonSet is known by its image, and where one image has several commands by its command."""
    (workload,) = cluster(daemon_set("a", image, command)).workloads
    found = device_plugin(workload)
    assert (found and found.name) == row


@pytest.mark.parametrize(
    ("name", "image", "row"),
    [
        ("nfd-worker", "registry.k8s.io/nfd/node-feature-discovery:v0.17.3", NFD_WORKER),
        ("nfd-master", "registry.k8s.io/nfd/node-feature-discovery:v0.17.3", None),
        ("nfd-worker", NVIDIA, "the NVIDIA device plugin"),
    ],
)
def test_an_image_that_says_no_command(name, image, row):
    """Where the image's own command runs, the worker of node feature discovery is known by its name."""
    agent = workload("DaemonSet", name=name, containers=[{"name": "c", "image": image}])
    found = device_plugin(cluster(agent).workloads[0])
    assert (found and found.name) == row


def test_a_command_among_the_arguments():
    """What an entry point gets as its arguments counts as its command."""
    gfd = {"name": "c", "image": NVIDIA, "command": ["tini"], "args": ["--", "gpu-feature-discovery"]}
    found = device_plugin(cluster(workload("DaemonSet", containers=[gfd])).workloads[0])
    assert found.name == "GPU feature discovery"


def test_every_row_has_an_image_that_is_tested():
    """No row of the table is one that no DaemonSet is found to be."""
    assert {plugin.name for plugin in DEVICE_PLUGINS} == {row for _, _, row in ROWS if row}


def test_every_resource_that_is_registered_is_one_of_a_device():
    """A pod that asks for what a row registers needs a node with the device; so does one with any extended resource."""
    registered = {resource for plugin in DEVICE_PLUGINS for resource in plugin.registers}
    neuron = {"aws.amazon.com/neuron", "aws.amazon.com/neuroncore", "aws.amazon.com/neurondevice"}
    assert registered == {"nvidia.com/gpu", "amd.com/gpu", "habana.ai/gaudi", "vpc.amazonaws.com/efa", *neuron}
    assert all(map(is_device, registered))
    assert not any(map(is_device, ("cpu", "memory", "pods", "hugepages-2Mi", "example.kubernetes.io/gpu")))
    assert is_device("example.com/gpu")


@pytest.mark.parametrize(
    ("row", "label", "sets"),
    [
        (NFD_WORKER, "feature.node.kubernetes.io/pci-10de.present", True),
        (NFD_WORKER, "feature.node.kubernetes.io/pci-0300_10de.present", True),
        (NFD_WORKER, "feature.node.kubernetes.io/pci-0302_10de.present", True),
        (NFD_WORKER, "feature.node.kubernetes.io/pci-1002.present", False),
        ("GPU feature discovery", "nvidia.com/gpu.product", True),
        ("GPU feature discovery", "nvidia.com/mig.capable", True),
        ("GPU feature discovery", "nvidia.com/cuda.driver.major", True),
        ("GPU feature discovery", "nvidia.com/gfd.timestamp", True),
        ("GPU feature discovery", "nvidia.com/mps.replicas", True),
        ("GPU feature discovery", "nvidia.com/gpu.present", False),
        ("GPU feature discovery", "nvidia.com/mps.capable", False),
        ("GPU feature discovery", "team", False),
        ("the NVIDIA device plugin", "nvidia.com/gpu.product", False),
    ],
)
def test_labels_that_a_row_sets(row, label, sets):
    """A row names the labels that it sets, and those that look like its own and are not."""
    (plugin,) = [each for each in DEVICE_PLUGINS if each.name == row]
    assert plugin.sets(label) == sets


def test_a_label_appears_where_the_device_is():
    """NVIDIA's plugin lands where the NFD worker finds an NVIDIA GPU, and on no other node of the pool."""
    found = fit(pool(families("m5", "p5", "g4ad", "g6f")), nfd_worker(), nvidia_plugin())
    assert {each.family for each in found.types} == {"p5", "g6f"}


def test_features_of_a_gpu_come_through_the_worker():
    """GPU feature discovery hands its labels to the NFD worker: without the worker nobody sets them."""
    gfd = daemon_set("gfd", NVIDIA, "gpu-feature-discovery", tolerations=[TOLERATE])
    waits = daemon_set("agent", "agent", "run", nodeSelector={"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"})
    p5 = pool(families("p5"))
    assert names(fit(p5, nfd_worker(), gfd, waits).types) == ["p5.48xlarge", "p5.4xlarge"]
    assert names(fit(p5, gfd, waits).types) == []


@pytest.mark.parametrize(
    ("taint", "tolerations", "fits"),
    [
        (GPU_TAINT, [GPU_TAINT], True),
        (GPU_TAINT | {"value": "true"}, [GPU_TAINT], False),
        (GPU_TAINT | {"value": "true"}, [TOLERATE], True),
    ],
)
def test_the_worker_must_tolerate_the_pool(taint, tolerations, fits):
    """The plugin waits forever on a pool whose taint keeps the NFD worker away."""
    tainted = pool(families("p5"), taints=[taint])
    assert bool(fit(tainted, nfd_worker(tolerations=tolerations), nvidia_plugin()).types) == fits


def test_a_plugin_that_selects_instance_types():
    """A DaemonSet that selects by labels that Karpenter sets lands on those types only, and waits for nothing."""
    selects = {"nodeSelector": {vocabulary.INSTANCE_TYPE: "p5.48xlarge"}}
    found = fit(pool(families("p5")), daemon_set("efa", f"{ECR}/aws-efa-k8s-device-plugin", "", **selects))
    assert (names(found.types), found.awaited_labels) == (["p5.48xlarge"], ())


def test_a_daemon_set_that_asks_for_more_than_a_type_has():
    """The kube-scheduler places a DaemonSet's pod only where there is room beside the pods of the others."""
    small = pool(requirement(vocabulary.INSTANCE_TYPE, "In", "g4dn.xlarge", "g4dn.2xlarge"))
    agent = workload("DaemonSet", {"cpu": 3}, name="agent")
    found = fit(small, workload("DaemonSet", {"cpu": 2}, name="other"), agent)
    assert names(found.types) == ["g4dn.2xlarge"]
    assert "cpu" in reasons(found)["g4dn.xlarge"]
    assert set(names(fit(small, agent).types)) == {"g4dn.xlarge", "g4dn.2xlarge"}


def test_a_label_that_must_be_absent_is_not_waited_for():
    """NotIn and DoesNotExist hold on a node that does not have the label."""
    absent = {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["fargate"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [absent, requirement("a", "DoesNotExist")]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    assert len(fit(pool(families("p5")), daemon_set("a", "a", "a", affinity=affinity)).types) == 2


def test_plugins_that_every_node_needs():
    """A node with the device gives it to nobody without its plugin; EFA interfaces are for the pods that ask alone."""
    assert {plugin.device: plugin.name for plugin in DEVICE_PLUGINS if plugin.every_node} == {
        vocabulary.GPU: "the NVIDIA device plugin",
        vocabulary.AMD_GPU: "the AMD GPU device plugin",
        vocabulary.NEURON: "the Neuron device plugin",
        vocabulary.GAUDI: "the Gaudi device plugin",
    }
