"""Kubernetes manifests, read the way Kubernetes reads them: from bytes to objects, with the line of every value."""

from cdk8s_eks_gpu.manifests.document import Document, ManifestError, read_documents
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject, Path, objects_of

__all__ = ["Document", "KubernetesObject", "ManifestError", "Path", "objects_of", "read_documents"]
