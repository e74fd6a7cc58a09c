"""The NVIDIA driver of a node against what the images of the pods need, by the labels of GPU feature discovery."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.verify.context import Context, PoolNode

_FULL = "nvidia.com/cuda.driver-version.full"
_PARTS = ("nvidia.com/cuda.driver.major", "nvidia.com/cuda.driver.minor", "nvidia.com/cuda.driver.rev")
_CUDA_IMAGE = re.compile(r"(?:^|[/_-])cuda[:_-]?(\d{2})\.(\d+)")
_OLDEST_DRIVER = {13: 580, 12: 525, 11: 450}
"""The oldest driver branch for each major version of CUDA, minor version compatibility included.

Source: NVIDIA, "CUDA Compatibility" (docs.nvidia.com/deploy/cuda-compatibility), table of minor version compatibility.
"""
_OLDEST_OF_FAMILY = {"p6-b200": 570, "p6-b300": 580, "g7": 595}
"""The oldest driver branch that knows the GPUs of a family.

Sources: NVIDIA's release notes of the data center drivers 570 (B200) and 580 (B300); awslabs/amazon-eks-ami#2747 (g7).
"""


def check(context: Context, node: PoolNode) -> Iterator[Result]:
    """Yield whether the driver is new enough for the GPUs and for each image with a version of CUDA in its name."""
    driver = driver_of(node.labels)
    if driver is None:
        if node.instance_type is not None and node.instance_type.count(vocabulary.GPU):
            message = "The driver's version is not known: GPU feature discovery has put no label on the node."
            yield Result("nodes/driver", node.subject, Status.UNKNOWN, message, fix=f"See the pod that sets {_FULL}.")
        return
    family = node.instance_type.family if node.instance_type is not None else ""
    needed = {f"the GPUs of {family}": _OLDEST_OF_FAMILY[family]} if family in _OLDEST_OF_FAMILY else {}
    for image in _images(context, node):
        cuda = cuda_of(image)
        if cuda is not None and cuda in _OLDEST_DRIVER:
            needed[f"CUDA {cuda} in {image}"] = _OLDEST_DRIVER[cuda]
    wrong = {what: oldest for what, oldest in needed.items() if driver < oldest}
    shown = node.labels.get(_FULL) or str(driver)
    for what, oldest in wrong.items():
        message = f"The NVIDIA driver {shown} is too old for {what}."
        fix = "Use a newer version of the AMI, or an image with an older CUDA."
        yield Result("nodes/driver", node.subject, Status.FAIL, message, shown, f"{oldest} or newer", fix)
    if not wrong:
        message = f"The NVIDIA driver {shown} is new enough for {', '.join(needed) or 'what is known of the images'}."
        yield Result("nodes/driver", node.subject, Status.PASS, message, shown)


def driver_of(labels: Mapping[str, str]) -> int | None:
    """Return the driver's branch, such as 580, by the labels of GPU feature discovery (old and new names)."""
    text = labels.get(_FULL, "").partition(".")[0] or labels.get(_PARTS[0], "")
    return int(text) if text.isdigit() else None


def cuda_of(image: str) -> int | None:
    """Return the major version of CUDA that an image's name tells, such as 13 of `nvidia/cuda:13.0.2-base`."""
    found = _CUDA_IMAGE.search(image)
    return int(found[1]) if found else None


def _images(context: Context, node: PoolNode) -> list[str]:
    """Return the images of GPU pods that are meant for the pool, or that run on the node."""
    found = dict.fromkeys(
        image
        for workload in context.promise.tests
        if workload.asks_for(vocabulary.GPU) and context.promise.cluster.fit(node.pool, workload).type_set
        for image in workload.images
    )
    for pod in context.snapshot.pods_by_node.get(node.node.name, ()):
        for container in pod.cursor["spec"]["containers"].objects():
            if vocabulary.GPU in container["resources"]["limits"].mapping() and container["image"].text():
                found[container["image"].text()] = None
    return list(found)
