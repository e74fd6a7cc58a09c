"""Hygiene of the pods themselves: images without a tag, privileged containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.preflight.rules import hygiene as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import Path
    from cdk8s_eks_gpu.provisioning.pod_specs import PodSpec
    from cdk8s_eks_gpu.provisioning.world import World

# Parts of the names of images that drive devices, networks or disks, and so must be privileged.
_KNOWN_PRIVILEGED = (
    "k8s-device-plugin",
    "aws-efa-k8s-device-plugin",
    "neuron-device-plugin",
    "node-feature-discovery",
    "gpu-feature-discovery",
    "gpu-operator",
    "k8s-mig-manager",
    "container-toolkit",
    "dcgm",
    "aws-ebs-csi-driver",
    "aws-efs-csi-driver",
    "aws-fsx-csi-driver",
    "livenessprobe",
    "csi-node-driver-registrar",
    "amazon-k8s-cni",
    "aws-network-policy-agent",
    "kube-proxy",
)


def check(world: World) -> Iterator[Finding]:
    """Yield what is wrong with the containers of the pods."""
    for pods in world.pods:
        for path, container in pods.containers():
            yield from _image(pods, path, container)
            yield from _privileged(pods, path, container)


def _image(pods: PodSpec, path: Path, container: dict[str, Any]) -> Iterator[Finding]:
    image = container.get("image")
    if isinstance(image, str) and image and ":" not in image.rpartition("/")[2] and "@" not in image:
        message = f"The image {image} has no tag."
        yield finding_at(rules.IMAGE_TAG, pods.owner, (*path, "image"), message, value=image)


def _privileged(pods: PodSpec, path: Path, container: dict[str, Any]) -> Iterator[Finding]:
    context = container.get("securityContext")
    if not isinstance(context, dict) or context.get("privileged") is not True:
        return
    if any(known in str(container.get("image", "")) for known in _KNOWN_PRIVILEGED):
        return
    message = f"The container {container.get('name')} is privileged."
    yield finding_at(rules.PRIVILEGED, pods.owner, (*path, "securityContext", "privileged"), message, value=True)
