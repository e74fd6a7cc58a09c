"""What other objects add to a pod: its RuntimeClass, its volumes, and the ResourceFlavors of its queue.

Sources: `plugin/pkg/admission/runtimeclass` of kubernetes v1.34; `pkg/podset/podset.go` of kubernetes-sigs/kueue v0.15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.cursor import Cursor
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

    def __init__(self, objects: Sequence[KubernetesObject] = ()) -> None:
        """Take all objects."""
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
        return read_pod(spec, runtime_class, self._volumes.places(manifest, spec), tolerations)
