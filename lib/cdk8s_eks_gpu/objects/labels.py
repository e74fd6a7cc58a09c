"""The labels by which what is ours is found again, and pruned: who wrote an object, and for which cluster.

They are labels of the objects alone. Selectors and the templates of pods and nodes stay as they are.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.names import label_value_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

_MANAGED = {vocabulary.MANAGED_BY: vocabulary.MANAGED_BY_VALUE}
_LONGEST_BEGINNING = 54


def managed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest with the label that it is ours, where its source leaves that label free."""
    return _labelled(manifest, _MANAGED)


def of_cluster(manifest: Mapping[str, Any], cluster: str) -> dict[str, Any]:
    """Return the manifest with the label of its cluster too."""
    return _labelled(manifest, {**_MANAGED, **cluster_labels(cluster)})


def cluster_labels(cluster: str) -> dict[str, str]:
    """Return the labels of a cluster's objects that its name decides.

    EKS takes names of up to 100 characters that may end in `-` or `_`; Kubernetes takes no such value of a label. Of
    such a name, the label has the beginning and a digest.
    """
    if label_value_fault(cluster):
        beginning = cluster[:_LONGEST_BEGINNING].rstrip("-_")
        cluster = f"{beginning}-{hashlib.sha256(cluster.encode()).hexdigest()[:8]}"
    return {vocabulary.CLUSTER: cluster}


def _labelled(manifest: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "labels": {**labels, **(metadata.get("labels") or {})}}}
