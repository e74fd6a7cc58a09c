"""What is added to a pod: by its RuntimeClass, its volumes, the ResourceFlavors of its queue, and EKS.

Sources: `plugin/pkg/admission/runtimeclass` and `.../extendedresourcetoleration` of kubernetes v1.34, which are on in
all versions of EKS ("Amazon EKS platform versions"); `pkg/podset/podset.go` of kubernetes-sigs/kueue v0.15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.provisioning.device_plugins import is_device
from cdk8s_eks_gpu.provisioning.pod import Pod, read_pod
from cdk8s_eks_gpu.provisioning.volumes import Volumes
from cdk8s_eks_gpu.requirements import Toleration
from cdk8s_eks_gpu.requirements.node_selector import read_tolerations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject

_ANYTHING = (Toleration(operator="Exists"),)
_NONE = Cursor(None)


def is_queued(manifest: KubernetesObject) -> bool:
    """Return whether Kueue has yet to admit the pods of an object, and to add what its ResourceFlavor says."""
    is_live = manifest.cursor["status"]["phase"]
    return bool(manifest.cursor["metadata"]["labels"][vocabulary.QUEUE_NAME]) and not is_live


class Beside:
    """The objects of some manifests that add to pods."""

    def __init__(self, objects: Sequence[KubernetesObject] = (), *, on_eks: bool = True) -> None:
        """Take all objects, and whether the API server is that of EKS."""
        self._on_eks = on_eks
        runtime_classes = (each for each in objects if (each.group, each.kind) == ("node.k8s.io", "RuntimeClass"))
        self._runtime_classes = {each.name: each.cursor for each in runtime_classes}
        self._volumes = Volumes(objects)
        flavors = [each.cursor["spec"] for each in objects if each.kind == "ResourceFlavor"]
        added = (toleration for spec in flavors for toleration in read_tolerations(spec["tolerations"]))
        self._of_flavors = tuple(added) if flavors else _ANYTHING

    def pod(self, manifest: KubernetesObject, spec: Cursor) -> Pod:
        """Return what the spec of a pod of the object asks of a node, with what is added.

        Which ResourceFlavor a pod gets only Kueue knows: it has the tolerations of all, and any where there are none
        among the manifests. What their labels ask is left out.
        """
        runtime_class = self._runtime_classes.get(spec["runtimeClassName"].text(), _NONE)
        tolerations = self._of_flavors if is_queued(manifest) else ()
        pod = read_pod(spec, runtime_class, self._volumes.places(manifest, spec), tolerations)
        return _with_tolerations(pod) if self._on_eks else pod


def _with_tolerations(pod: Pod) -> Pod:
    """Return the pod with a toleration of the taint of each extended resource that it asks for."""
    extended = [Toleration(name, "Exists", effect="NoSchedule") for name in sorted(pod.requests) if is_device(name)]
    return replace(pod, tolerations=(*pod.tolerations, *extended)) if extended else pod
