"""Dynamic resource allocation: which driver gives the devices that a pod claims, and which DaemonSet is that driver.

Sources: `pkg/providers/nvidiadra` and `pkg/providers/efadra` of aws/karpenter-provider-aws v1.15.1; the chart
aws-dranet 1.0.0 of aws/eks-charts; the charts nvidia-dra-driver-gpu 25.3 and newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests.cursor import Cursor
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.workload import Workload

_GROUP = "resource.k8s.io"


class DraDriver(Struct, frozen=True):
    """A driver whose devices Karpenter knows.

    Attributes:
        name: The driver's name, as ResourceSlices and the CEL of DeviceClasses have it.
        resource: The resource that the device plugin for the same devices registers.
        gate: The feature gate by which Karpenter launches nodes for claims on its devices.
        device_classes: The DeviceClasses that its charts make.
        image: A part of the name of its image.
    """

    name: str
    resource: str
    gate: str
    device_classes: tuple[str, ...]
    image: str


DRA_DRIVERS = (
    DraDriver(
        "gpu.nvidia.com",
        vocabulary.GPU,
        "DRANVIDIAGPU",
        ("gpu.nvidia.com", "mig.nvidia.com", "vfio.gpu.nvidia.com"),
        "dra-driver",
    ),
    DraDriver("dra.net", vocabulary.EFA, "DRAEFA", ("efa.networking.k8s.aws",), "dranet"),
)


def dra_driver(workload: Workload) -> DraDriver | None:
    """Return the driver that a DaemonSet is, by its images; None where it is none."""
    if not workload.is_daemon:
        return None
    return next((each for each in DRA_DRIVERS if any(each.image in image for image in workload.images)), None)


def claimed_classes(cluster: Cluster, workload: Workload) -> frozenset[str]:
    """Return the DeviceClasses that a workload's pods claim; a claim that is not among the manifests says nothing."""
    claims = workload.spec["resourceClaims"].objects()
    return frozenset(name for claim in claims for name in _classes(cluster, workload, claim))


def claimed_drivers(cluster: Cluster, workload: Workload) -> frozenset[DraDriver]:
    """Return the drivers of the devices that a workload's pods claim, as far as the manifests have claims and classes.

    A class that no known driver has says nothing.
    """
    classes = claimed_classes(cluster, workload)
    return frozenset(each for each in DRA_DRIVERS if classes & {*each.device_classes, *_own_classes(cluster, each)})


def _own_classes(cluster: Cluster, driver: DraDriver) -> Iterator[str]:
    """Yield the DeviceClasses of the manifests whose CEL names the driver."""
    for each in cluster.of_kind(_GROUP, "DeviceClass"):
        for selector in each.cursor["spec"]["selectors"].objects():
            if f'"{driver.name}"' in selector["cel"]["expression"].text().replace("'", '"'):
                yield each.name


def _classes(cluster: Cluster, workload: Workload, claim: Cursor) -> Iterator[str]:
    """Yield the DeviceClasses that a claim of a pod asks for."""
    for kind, field in (("ResourceClaimTemplate", "resourceClaimTemplateName"), ("ResourceClaim", "resourceClaimName")):
        name = claim[field].text()
        for each in cluster.of_kind(_GROUP, kind) if name else ():
            if each.name == name and (each.namespace or "default") == (workload.namespace or "default"):
                spec = each.cursor["spec"]["spec"] if kind == "ResourceClaimTemplate" else each.cursor["spec"]
                for request in spec["devices"]["requests"].objects():
                    yield from _class_names(request)


def _class_names(request: Cursor) -> Iterator[str]:
    """Yield the classes of a request: since v1beta2 they stand one level deeper than in v1beta1."""
    for each in (request, request["exactly"], *request["firstAvailable"].objects()):
        if name := each["deviceClassName"].text():
            yield name
