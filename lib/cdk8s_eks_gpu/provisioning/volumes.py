"""Where the volumes of a pod are: its node has to be there too.

Source: `volumetopology.go` in `pkg/controllers/provisioning/scheduling` of kubernetes-sigs/karpenter v1.15.0. Whether a
claim is bound only the cluster knows: one that names its volume, or that a volume names, is taken to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.provisioning.pod import ANYWHERE, without
from cdk8s_eks_gpu.requirements.node_selector import read_node_selector_terms, read_requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.requirements import Requirements

_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_LABELS = "matchLabelExpressions"
_NONE = Cursor(None)


class Volumes:
    """The PersistentVolumes of some manifests, with the claims on them, and the StorageClasses."""

    def __init__(self, objects: Iterable[KubernetesObject]) -> None:
        """Take the objects; of those of one name the last counts."""
        self._claims: dict[tuple[str, str], Cursor] = {}
        self._volumes: dict[str, Cursor] = {}
        self._claimed: dict[tuple[str, str], Cursor] = {}
        self._classes: dict[str, Cursor] = {}
        for each in objects:
            spec = each.cursor["spec"]
            if each.kind == "PersistentVolumeClaim":
                self._claims[each.namespace or "default", each.name] = spec
            elif each.kind == "PersistentVolume":
                self._volumes[each.name] = spec
                if claim := spec["claimRef"]:
                    self._claimed[claim["namespace"].text() or "default", claim["name"].text()] = spec
            elif each.kind == "StorageClass":
                name = "" if each.cursor["metadata"]["annotations"][_DEFAULT].text() == "true" else each.name
                self._classes[name] = self._classes[each.name] = each.cursor

    def places(self, manifest: KubernetesObject, spec: Cursor) -> tuple[Requirements, ...]:
        """Return what the volumes of a pod ask of its node: one of the alternatives must hold."""
        alternatives = ANYWHERE
        for places in self._places(manifest, spec):
            if places:
                alternatives = tuple(one & other for one in alternatives for other in places)
        return alternatives

    def _places(self, manifest: KubernetesObject, spec: Cursor) -> Iterator[tuple[Requirements, ...]]:
        namespace = manifest.namespace or "default"
        for volume in spec["volumes"].objects():
            name = namespace, volume["persistentVolumeClaim"]["claimName"].text()
            yield self._of_claim(self._claims.get(name, _NONE), self._claimed.get(name))
            yield self._of_claim(volume["ephemeral"]["volumeClaimTemplate"]["spec"])
        for template in manifest.cursor["spec"]["volumeClaimTemplates"].objects():
            yield self._of_claim(template["spec"])

    def _of_claim(self, claim: Cursor, claimed: Cursor | None = None) -> tuple[Requirements, ...]:
        name = claim["volumeName"].text()
        if name or claimed is not None:
            return _of_volume(claimed or self._volumes.get(name, _NONE))
        storage = claim["storageClassName"]
        if not claim or storage.value == "":
            return ()
        terms = self._classes.get(storage.text(), _NONE)["allowedTopologies"]
        return tuple(
            read_requirements(Cursor([{**each.mapping(), "operator": "In"} for each in term[_LABELS].objects()]))
            for term in terms.objects()
        )


def _of_volume(volume: Cursor) -> tuple[Requirements, ...]:
    """Return the terms of a volume's node affinity; a new node cannot have the name of the one with a local volume."""
    terms = read_node_selector_terms(volume["nodeAffinity"]["required"]["nodeSelectorTerms"])
    is_local = volume["local"] or volume["hostPath"]
    return tuple(without(term, vocabulary.HOSTNAME) if is_local else term for term in terms)
