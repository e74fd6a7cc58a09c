"""Which kinds live in no namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.manifests.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable

SYSTEM_NAMESPACES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""The namespaces that Kubernetes makes itself."""

# `kubectl api-resources --namespaced=false` of Kubernetes 1.37, and what earlier versions had besides.
_KINDS = {
    "": {"ComponentStatus", "Namespace", "Node", "PersistentVolume"},
    "admissionregistration.k8s.io": {
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    },
    "apiextensions.k8s.io": {"CustomResourceDefinition"},
    "apiregistration.k8s.io": {"APIService"},
    "authentication.k8s.io": {"SelfSubjectReview", "TokenReview"},
    "authorization.k8s.io": {"SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"},
    "certificates.k8s.io": {"CertificateSigningRequest", "ClusterTrustBundle"},
    "eks.amazonaws.com": {"NodeClass"},
    "flowcontrol.apiserver.k8s.io": {"FlowSchema", "PriorityLevelConfiguration"},
    "internal.apiserver.k8s.io": {"StorageVersion"},
    "karpenter.k8s.aws": {"EC2NodeClass"},
    "karpenter.sh": {"NodeClaim", "NodeOverlay", "NodePool"},
    "networking.k8s.io": {"IPAddress", "IngressClass", "ServiceCIDR"},
    "node.k8s.io": {"RuntimeClass"},
    "policy": {"PodSecurityPolicy"},
    "rbac.authorization.k8s.io": {"ClusterRole", "ClusterRoleBinding"},
    "resource.k8s.io": {"DeviceClass", "DeviceTaintRule", "ResourceSlice"},
    "scheduling.k8s.io": {"PriorityClass"},
    "storage.k8s.io": {"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"},
    "storagemigration.k8s.io": {"StorageVersionMigration"},
}
CLUSTER_SCOPED = frozenset((group, kind) for group, kinds in _KINDS.items() for kind in kinds)
"""Group and kind of what lives in no namespace: Kubernetes' own kinds, Karpenter's and EKS Auto Mode's."""


def group_kind(manifest: dict[str, Any]) -> tuple[str, str]:
    """Return the API group, empty for the core one, and the kind of an object."""
    group, _, version = str(manifest.get("apiVersion", "")).rpartition("/")
    return group if version else "", str(manifest.get("kind", ""))


def defined_kind(manifest: dict[str, Any]) -> tuple[str, str] | None:
    """Return group and kind of what a CRD defines; None for another object, and for a CRD that does not say it."""
    if group_kind(manifest) != ("apiextensions.k8s.io", "CustomResourceDefinition"):
        return None
    spec = Cursor(manifest)["spec"]
    group, kind = spec["group"].text(), spec["names"]["kind"].text()
    return (group, kind) if group and kind else None


def cluster_scoped_kinds(manifests: Iterable[dict[str, Any]]) -> frozenset[tuple[str, str]]:
    """Return group and kind of all that lives in no namespace: Kubernetes' own, and those of the CRDs given.

    A custom kind whose CRD is not among the manifests counts as namespaced, as most are.
    """
    crds = [each for each in manifests if Cursor(each)["spec"]["scope"].value == "Cluster"]
    return CLUSTER_SCOPED.union(kind for kind in map(defined_kind, crds) if kind is not None)
