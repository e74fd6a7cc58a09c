"""Which checks an object of Kubernetes' own goes through, and the pods of kinds that are not its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core import jobs, others, volumes, workloads
from cdk8s_eks_gpu.admission.core.containers import ANY_POLICY, PodContext
from cdk8s_eks_gpu.admission.core.errors import invalid
from cdk8s_eks_gpu.admission.core.labels import LABEL, labels
from cdk8s_eks_gpu.admission.core.pods import pod
from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths
from cdk8s_eks_gpu.names import qualified_name_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

_CONTROLLERS = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"})
_POLICIES = {
    **dict.fromkeys((*_CONTROLLERS, "ReplicationController"), ("Always",)),
    **dict.fromkeys(("CronJob", "Job"), ("Never", "OnFailure")),
}
_OTHERS: dict[str, Callable[[Cursor], Iterator[FieldError]]] = {
    "ClusterRole": others.role,
    "ClusterRoleBinding": others.binding,
    "ConfigMap": others.data,
    "CronJob": jobs.cron_job,
    "Job": lambda manifest: jobs.job(manifest["spec"], manifest["metadata"]["name"].text()),
    "PersistentVolumeClaim": lambda manifest: volumes.volume_claim(manifest["spec"]),
    "PodDisruptionBudget": lambda manifest: workloads.disruption_budget(manifest["spec"]),
    "ReplicationController": lambda manifest: workloads.replication_controller(manifest["spec"]),
    "Role": others.role,
    "RoleBinding": others.binding,
    "Secret": others.data,
    "Service": lambda manifest: others.service(manifest["spec"]),
}

# Volumes that operators add by themselves (kubeflow/mpi-operator v0.7 and v1, pkg/controller).
_ADDED_VOLUMES = {"MPIJob": frozenset({"mpi-job-config", "ssh-auth", "mpi-job-kubectl"})}


def core_errors(manifest: Cursor, minor: int) -> Iterator[FieldError]:
    """Yield what an API server refuses of an object of Kubernetes' own, beyond its shape.

    Args:
        manifest: The object, as validation sees it.
        minor: The minor version of Kubernetes: 34 for 1.34.
    """
    kind = manifest["kind"].text()
    for path in pod_spec_paths(manifest.value):
        policies = _POLICIES.get(kind, ANY_POLICY)
        claims = _claims(manifest["spec"])
        yield from pod(PodContext(manifest.at(*path), minor, policies, claims, is_pod=kind == "Pod"))
        if kind != "Pod":
            yield from _template_metadata(manifest.at(*path[:-1], "metadata"))
    if kind in _CONTROLLERS:
        yield from workloads.controller(kind, manifest["spec"])
    elif kind in _OTHERS:
        yield from _OTHERS[kind](manifest)


def foreign_pod_errors(manifest: Cursor, spec: Cursor, minor: int) -> Iterator[FieldError]:
    """Yield what is wrong with the spec of a pod that an object of another project's kind makes.

    An operator may add what a pod lacks. It is a part of a pod, and what is missing in it no error, where a container
    has no image.
    """
    claims = _ADDED_VOLUMES.get(manifest["kind"].text(), frozenset())
    for depth in range(len(spec.path)):
        claims |= _claims(manifest.at(*spec.path[:depth]))
    is_complete = all(container["image"] for container in spec["containers"].objects())
    yield from pod(PodContext(spec, minor, added_volumes=claims, is_complete=is_complete))
    yield from _template_metadata(manifest.at(*spec.path[:-1], "metadata"))


def _template_metadata(metadata: Cursor) -> Iterator[FieldError]:
    yield from labels(metadata["labels"])
    for key, at in metadata["annotations"].entries():
        if fault := qualified_name_fault(key.lower()):
            yield invalid(at, f"the key {fault}", LABEL, value=key)


def _claims(spec: Cursor) -> frozenset[str]:
    """Return the names of the volumes that a controller adds to its pods."""
    templates = [
        *spec["volumeClaimTemplates"].objects(),
        *(template for policy in spec["volumeClaimPolicies"].objects() for template in policy["templates"].objects()),
    ]
    return frozenset(template["metadata"]["name"].text() for template in templates)
