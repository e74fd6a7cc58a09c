"""The DaemonSets that make devices known to Kubernetes: which resource each registers, and which labels it sets.

A row is all that a new kind of device needs. Labels: NVIDIA's charts 0.17 to 0.20 (k8s-device-plugin, GPU feature
discovery and node feature discovery), read as rendered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from cdk8s_eks_gpu.provisioning.workload import Workload


class DevicePlugin(Struct, frozen=True):
    """One row: a device plugin, or what finds out features of nodes for it.

    Attributes:
        name: What it is called.
        images: Parts of the names of its images; one must be in the image. In the order of the table, the first row
            whose images and command fit is the one.
        command: A word that its command must have, or an empty text where the image alone tells.
        registers: The resources that it registers.
        device: The resource, as Karpenter counts it, that instance types have whose nodes it serves; empty for all.
        sets_labels: The labels that it sets there; one that ends with a dot stands for all that begin so.
        not_labels: Labels that look like its own and are set by others only.
        through: The name of another row that must land too before the labels are on the node.
        every_node: Whether every node with the device needs it; otherwise only those for pods that ask.
    """

    name: str
    images: tuple[str, ...]
    command: str = ""
    registers: tuple[str, ...] = ()
    device: str = ""
    sets_labels: tuple[str, ...] = ()
    not_labels: tuple[str, ...] = ()
    through: str = ""
    every_node: bool = False

    def sets(self, label: str) -> bool:
        """Return whether it sets the label."""
        return label not in self.not_labels and any(
            label.startswith(own) if own.endswith(".") else label == own for own in self.sets_labels
        )


NFD_WORKER = "the NFD worker"
_PCI = f"{vocabulary.NODE_FEATURE_PREFIX}pci-"

DEVICE_PLUGINS = (
    DevicePlugin(
        name=NFD_WORKER,
        images=("node-feature-discovery",),
        command="worker",
        device=vocabulary.GPU,
        # A PCI device of NVIDIA's vendor 10de, of class 03 (display).
        sets_labels=(f"{_PCI}10de.present", f"{_PCI}0300_10de.present", f"{_PCI}0302_10de.present"),
    ),
    DevicePlugin(
        name="GPU feature discovery",
        images=("gpu-feature-discovery", "k8s-device-plugin"),
        command="gpu-feature-discovery",
        device=vocabulary.GPU,
        sets_labels=("nvidia.com/gpu.", "nvidia.com/mig.", "nvidia.com/cuda.", "nvidia.com/gfd.", "nvidia.com/mps."),
        # The GPU operator sets these, or a user by hand.
        not_labels=(vocabulary.GPU_PRESENT, vocabulary.MPS_CAPABLE),
        through=NFD_WORKER,
    ),
    DevicePlugin(name="the MPS control daemon", images=("k8s-device-plugin",), command="mps-control-daemon"),
    DevicePlugin(
        name="the EFA device plugin",
        images=("aws-efa-k8s-device-plugin",),
        registers=(vocabulary.EFA,),
        device=vocabulary.EFA,
    ),
    DevicePlugin(
        name="the Neuron device plugin",
        images=("neuron-device-plugin",),
        registers=(vocabulary.NEURON, "aws.amazon.com/neuroncore", "aws.amazon.com/neurondevice"),
        device=vocabulary.NEURON,
        every_node=True,
    ),
    DevicePlugin(
        name="the AMD GPU device plugin",
        images=("rocm/k8s-device-plugin", "amdgpu-device-plugin"),
        registers=(vocabulary.AMD_GPU,),
        device=vocabulary.AMD_GPU,
        every_node=True,
    ),
    DevicePlugin(
        name="the Gaudi device plugin",
        images=("habanalabs-device-plugin", "habana-device-plugin", "docker-k8s-device-plugin"),
        registers=(vocabulary.GAUDI,),
        device=vocabulary.GAUDI,
        every_node=True,
    ),
    DevicePlugin(
        name="the NVIDIA device plugin",
        images=("k8s-device-plugin",),
        registers=(vocabulary.GPU,),
        device=vocabulary.GPU,
        every_node=True,
    ),
)
"""Every row, in the order in which a DaemonSet is compared with them."""


def is_device(resource: str) -> bool:
    """Return whether the resource is an extended one, which nodes have only where something registers it.

    Source: `IsExtendedResourceName` in `pkg/apis/core/v1/helper` of kubernetes v1.34.
    """
    return "/" in resource and "kubernetes.io/" not in resource


def device_plugin(workload: Workload) -> DevicePlugin | None:
    """Return the row of the table that a DaemonSet is, by its images and commands; None where it is none."""
    for container in workload.containers():
        image = container["image"].text()
        words = " ".join((*container["command"].texts(), *container["args"].texts()))
        for plugin in DEVICE_PLUGINS:
            if any(part in image for part in plugin.images) and (
                plugin.command in words or (plugin.command == "worker" and "worker" in workload.name)
            ):
                return plugin
    return None
