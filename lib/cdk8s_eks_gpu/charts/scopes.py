"""Which kinds live in no namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SYSTEM_NAMESPACES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""The namespaces that Kubernetes makes itself."""

# `kubectl api-resources --namespaced=false` of Kubernetes 1.37, and what earlier versions had besides.
_CLUSTER_SCOPED = {
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


def group_kind(manifest: dict[str, Any]) -> tuple[str, str]:
    """Return the API group, empty for the core one, and the kind of an object."""
    group, _, version = str(manifest.get("apiVersion", "")).rpartition("/")
    return group if version else "", str(manifest.get("kind", ""))


def cluster_scoped_kinds(manifests: Iterable[dict[str, Any]]) -> frozenset[tuple[str, str]]:
    """Return group and kind of all that lives in no namespace: Kubernetes' own, and those of the CRDs given.

    A custom kind whose CRD is not among the manifests counts as namespaced, as most are.
    """
    kinds = {(group, kind) for group, names in _CLUSTER_SCOPED.items() for kind in names}
    for manifest in manifests:
        if manifest.get("kind") == "CustomResourceDefinition" and manifest["spec"]["scope"] == "Cluster":
            kinds.add((manifest["spec"]["group"], manifest["spec"]["names"]["kind"]))
    return frozenset(kinds)
