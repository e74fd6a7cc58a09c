"""What `verify` reads of a cluster: the kinds that it lists, the objects that it gets by name, and the logs.

The permissions, the script and the live client are made from this one list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.verify.snapshot import (
    DAEMON_SET,
    DEPLOYMENT,
    EVENT,
    NODE,
    NODE_CLAIM,
    NODE_CLASS,
    NODE_OVERLAY,
    NODE_POOL,
    POD,
    Kind,
)

if TYPE_CHECKING:
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.verify.promise import Promise

ALWAYS_LISTED: dict[Kind, str] = {
    NODE: "nodes",
    POD: "pods",
    EVENT: "events",
    NODE_POOL: "nodepools",
    NODE_CLAIM: "nodeclaims",
    NODE_CLASS: "ec2nodeclasses",
    NODE_OVERLAY: "nodeoverlays",
    DAEMON_SET: "daemonsets",
    DEPLOYMENT: "deployments",
    ("batch", "Job"): "jobs",
}
"""The kinds of which all objects are read, whatever the manifests have, with their plurals."""

JOB_LABELS = {"Job": "batch.kubernetes.io/job-name", "MPIJob": "training.kubeflow.org/job-name"}
"""The label by which the pods of a Job are found, by the Job's kind: its value is the Job's name."""

_IRREGULAR = {"endpoints": "endpoints"}
ROLE = "eks-gpu-verify"


class Named(Struct, frozen=True):
    """Objects that are read by their names, all of one kind and namespace.

    Attributes:
        kind: The group and the kind.
        api_version: Their `apiVersion`.
        namespace: Their namespace; empty for what has none.
        names: Their names, sorted.
    """

    kind: Kind
    api_version: str
    namespace: str
    names: tuple[str, ...]

    @property
    def plural(self) -> str:
        """The plural of the kind, as the API server's paths have it."""
        return plural(self.kind)


def plural(kind: Kind) -> str:
    """Return the plural of a kind as the API server's paths have it; kinds of CRDs may have another."""
    word = kind[1].lower()
    if kind in ALWAYS_LISTED:
        return ALWAYS_LISTED[kind]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return _IRREGULAR.get(word) or (f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s")


def named(promise: Promise) -> list[Named]:
    """Return what is read by name: what the manifests have beside the kinds that are listed. Secrets are not read."""
    names: dict[tuple[Kind, str, str], set[str]] = {}
    for each in promise.objects:
        kind = (each.group, each.kind)
        if kind not in ALWAYS_LISTED and kind != ("", "Secret") and each.name:
            names.setdefault((kind, each.api_version, each.namespace), set()).add(each.name)
    return [
        Named(kind, version, namespace, tuple(sorted(found)))
        for (kind, version, namespace), found in sorted(names.items())
    ]


def is_secret(manifest: KubernetesObject) -> bool:
    """Return whether the object is a Secret, which is never read here."""
    return (manifest.group, manifest.kind) == ("", "Secret")


def rbac(promise: Promise) -> list[dict[str, Any]]:
    """Return the manifests of the permissions: to get and list what is compared, and to read logs of pods.

    They are bound to the group `eks-gpu-verify`, which an EKS access entry gives to an IAM role (kubernetesGroups).
    """
    rules: dict[str, set[str]] = {}
    for kind, name in ALWAYS_LISTED.items():
        rules.setdefault(kind[0], set()).add(name)
    for each in named(promise):
        rules.setdefault(each.kind[0], set()).add(each.plural)
    logs = {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}
    reading = [
        {"apiGroups": [group], "resources": sorted(resources), "verbs": ["get", "list"]}
        for group, resources in sorted(rules.items())
    ]
    version = "rbac.authorization.k8s.io/v1"
    role = {"apiVersion": version, "kind": "ClusterRole", "metadata": {"name": ROLE}, "rules": [*reading, logs]}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": ROLE}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ROLE}
    binding = {
        "apiVersion": version,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": ROLE},
        "roleRef": reference,
        "subjects": [subject],
    }
    return [role, binding]
