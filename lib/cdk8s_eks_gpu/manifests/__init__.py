"""Kubernetes manifests, read the way Kubernetes reads them: from bytes to objects, with the line of every value."""

from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.manifests.document import Document, ManifestError, read_documents
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject, objects_of
from cdk8s_eks_gpu.manifests.path import Path, path_text
from cdk8s_eks_gpu.manifests.sources import Sources, Unreadable, read_paths, read_texts

__all__ = [
    "Cursor",
    "Document",
    "KubernetesObject",
    "ManifestError",
    "Path",
    "Sources",
    "Unreadable",
    "objects_of",
    "path_text",
    "read_documents",
    "read_paths",
    "read_texts",
]
