"""Why a pod does not run, in the words of its status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.verify.conditions import conditions, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject

_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}
_NORMAL = {"ContainerCreating", "PodInitializing"}
FIXES = {
    "CrashLoopBackOff": "Its log says why it ends.",
    "OOMKilled": "Give the container more memory.",
    "CreateContainerConfigError": "A ConfigMap or Secret that the container names is missing, or has not the key.",
    "CreateContainerError": "The runtime refuses the container: see the events of the pod.",
    "RunContainerError": "The runtime cannot start the container: see the events of the pod; for a GPU, the NVIDIA "
    "container toolkit of the AMI.",
    "StartError": "The command of the container is not in its image.",
    "UnexpectedAdmissionError": "The kubelet had no such device left when the pod came: delete the pod; if it comes "
    "back, the device plugin on the node is to be looked at.",
    "NodeAffinity": "The node's labels changed after the pod was bound: delete the pod.",
    "Evicted": "The node ran out of memory or disk: see the message, and give the pod requests.",
}


class Trouble(Struct, frozen=True):
    """What keeps a pod from running.

    Attributes:
        reason: The reason, as the status has it.
        message: What is said beside it, cut where it is long.
        is_final: Whether it will not go away by itself.
    """

    reason: str
    message: str
    is_final: bool

    @property
    def fix(self) -> str:
        """What to do about it."""
        if self.reason in _IMAGE:
            return "The image cannot be pulled: look at its name and tag, the registry, and the pull secrets."
        return FIXES.get(self.reason, "")

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.reason}: {self.message}" if self.message else self.reason


def container_statuses(pod: KubernetesObject) -> Iterator[Cursor]:
    """Yield the status of each container, those of init containers first."""
    for field in ("initContainerStatuses", "containerStatuses"):
        yield from pod.cursor["status"][field].objects()


def is_ready(pod: KubernetesObject) -> bool:
    """Return whether the pod's condition Ready is true."""
    ready = conditions(pod).get("Ready")
    return ready is not None and ready.holds


def phase(pod: KubernetesObject) -> str:
    """Return the pod's phase."""
    return pod.cursor["status"]["phase"].text()


def trouble(pod: KubernetesObject) -> Trouble | None:
    """Return what keeps the pod from running or made it fail; None where nothing is known to."""
    status = pod.cursor["status"]
    for container in container_statuses(pod):
        waiting, last = container["state"]["waiting"], container["lastState"]["terminated"]
        reason = waiting["reason"].text()
        if reason and reason not in _NORMAL:
            ended = _ended(last) if reason == "CrashLoopBackOff" else ""
            return Trouble(reason, short(ended or waiting["message"].text()), is_final=reason != "ErrImagePull")
    for container in container_statuses(pod):
        terminated = container["state"]["terminated"]
        if terminated and terminated["exitCode"].integer():
            return Trouble(terminated["reason"].text() or "Error", short(_ended(terminated)), is_final=True)
    if phase(pod) == "Failed":
        return Trouble(status["reason"].text() or "Failed", short(status["message"].text()), is_final=True)
    return None


def unscheduled_message(pod: KubernetesObject) -> str:
    """Return what the kube-scheduler says of a pod that is bound to no node; empty where it says nothing."""
    scheduled = conditions(pod).get("PodScheduled")
    return (scheduled.message or scheduled.reason) if scheduled is not None and scheduled.status == "False" else ""


def _ended(terminated: Cursor) -> str:
    code, reason = terminated["exitCode"].integer(), terminated["reason"].text()
    message = terminated["message"].text().strip()
    head = f"exit code {code}" if code is not None else reason
    head = f"{reason}, {head}" if reason not in {"", "Error", head} else head
    return f"{head}: {message}" if message else head
