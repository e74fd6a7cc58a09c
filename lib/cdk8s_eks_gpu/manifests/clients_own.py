"""Files that look like Kubernetes objects and that no API server ever sees: a client, a daemon or a test reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject

# Groups of files that a program reads from a disk; one that begins with a dot stands for all that end so.
_GROUPS = (
    "apidoctools.k8s.io",
    "apiserver.config.k8s.io",
    "apiserver.k8s.io",
    "audit.k8s.io",
    "builtin",
    "chainsaw.kyverno.io",
    "client.authentication.k8s.io",
    "componentconfig",
    "config.kubernetes.io",
    "config.karmada.io",
    "controller-runtime.sigs.k8s.io",
    "eksctl.io",
    "json-schema.org",
    "kind.x-k8s.io",
    "krew.googlecontainertools.github.com",
    "kubeadm.k8s.io",
    "kubecontrolplane.config.k8s.io",
    "kubelet.config.k8s.io",
    "kubeproxy.config.k8s.io",
    "kubescheduler.config.k8s.io",
    "kustomize.config.k8s.io",
    "kuttl.dev",
    "minikube.sigs.k8s.io",
    "scorecard.operatorframework.io",
    "skaffold",
    "tilt.dev",
)
# Files of v1, the API server's own version, that no API server has: of kubectl, the old kube-scheduler, the encryption.
_FILES_OF_V1 = frozenset({"Config", "EncryptionConfig", "Policy"})
_TESTS = ("chainsaw.kyverno.io", "kuttl.dev")
# What Kubernetes has at the top of its objects, beside what says what they are.
_TOP = ("apiVersion", "kind", "metadata")
_OBJECT_META = frozenset(
    {
        *("annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers"),
        *("generateName", "generation", "labels", "managedFields", "name", "namespace", "ownerReferences"),
        *("resourceVersion", "selfLink", "uid"),
    }
)
_SPARK = frozenset({"spark-kubernetes-driver", "spark-kubernetes-executor"})
_POD_TEMPLATE = re.compile(r"pod[-_]?template", re.IGNORECASE)
_ASSERTION = re.compile(r"(?:^|[-_./\d])(?:assert|assertions?|errors?|expected)(?:[-_.\d]|$)", re.IGNORECASE)


def is_object(item: KubernetesObject) -> bool:
    """Return whether a document says that it is an object: a chart has an `apiVersion`, many a values file a `kind`."""
    return sum(key in item.data for key in _TOP) > 1


def is_clients_own(item: KubernetesObject) -> bool:
    """Return whether no API server sees the object.

    That is so of the groups of clients; of a kind of others without a name, or with metadata that Kubernetes does not
    have; and of the pod templates of Spark and EMR, of which Spark makes a pod.
    """
    if "apiversion" in item.data and not item.api_version:  # as Go reads it, whatever the case of its letters
        return str(item.data["apiversion"]).partition("/")[0] in _GROUPS
    is_file_of_v1 = item.api_version == "v1" and item.kind in _FILES_OF_V1
    if is_file_of_v1 or item.group in _GROUPS or item.api_version in _GROUPS or item.group.startswith("skaffold"):
        return True
    if item.kind == "Pod" and item.api_version == "v1":
        return _is_pod_template_of_spark(item)
    metadata = item.data.get("metadata")
    if "." not in item.group or item.group.endswith(".k8s.io") or item.group.startswith("karpenter."):
        return False
    if not isinstance(metadata, dict):
        return metadata is None
    return not _OBJECT_META.issuperset(metadata) or (not item.name and "spec" not in item.data)


def _is_pod_template_of_spark(item: KubernetesObject) -> bool:
    """Return whether Spark, EMR's or the operator's, adds the image, the name and what else a pod must have."""
    names = {container["name"].text() for container in item.cursor.at("spec", "containers").objects()}
    if names & _SPARK:
        return True
    has_images = all(container["image"] for container in item.cursor.at("spec", "containers").objects())
    return _POD_TEMPLATE.search(item.file.rpartition("/")[2]) is not None and not (names and has_images)


def is_test_assertion(item: KubernetesObject, texts: Mapping[str, object]) -> bool:
    """Return whether the file holds what a test expects to find in a cluster: Chainsaw and KUTTL keep it beside it."""
    folder, _, name = item.file.rpartition("/")
    if not _ASSERTION.search(name):
        return False
    beside = (text for file, text in texts.items() if file.rpartition("/")[0] == folder)
    return any(isinstance(text, str) and any(group in text for group in _TESTS) for text in beside) or (
        "chainsaw" in item.file or "kuttl" in item.file
    )
