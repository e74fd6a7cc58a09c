"""The containers of the pods: images without a tag, privileged containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Cursor
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.workload import Workload


IMAGE_TAG = Rule(
    "apply/image-without-tag",
    Severity.WARNING,
    "An image has neither a tag nor a digest.",
    "It means `latest`, so that two nodes may run two different programs.",
    "https://kubernetes.io/docs/concepts/containers/images/#image-names",
    "Add a tag, or better a digest.",
)
PRIVILEGED = Rule(
    "apply/privileged",
    Severity.WARNING,
    "A container is privileged, and is no device plugin that has to be.",
    "It can do on the node whatever root can. A pod that uses GPUs or EFA needs a resource limit instead.",
    "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    "Remove `privileged`; EFA needs the capability IPC_LOCK at most.",
)

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


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the containers of the pods."""
    for workload in context.cluster.workloads:
        for container in workload.containers():
            yield from _image(workload, container)
            yield from _privileged(workload, container)


def _image(workload: Workload, container: Cursor) -> Iterator[Finding]:
    image = container["image"].text()
    if image and ":" not in image.rpartition("/")[2] and "@" not in image:
        path = container["image"].path
        yield finding_at(IMAGE_TAG, workload.object, path, f"The image {image} has no tag.", value=image)


def _privileged(workload: Workload, container: Cursor) -> Iterator[Finding]:
    privileged = container["securityContext"]["privileged"]
    if privileged.value is not True or any(known in container["image"].text() for known in _KNOWN_PRIVILEGED):
        return
    message = f"The container {container['name'].value} is privileged."
    yield finding_at(PRIVILEGED, workload.object, privileged.path, message, value=True)
