"""The kinds that Kubernetes itself has, version by version, and what their objects may say."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.kinds import core_errors, foreign_pod_errors
from cdk8s_eks_gpu.admission.schema.fields import (
    UNKNOWN_FIELD,
    schema_at,
    unknown_field,
)
from cdk8s_eks_gpu.admission.schema.history import field_history, kind_history
from cdk8s_eks_gpu.admission.schema.metadata import metadata_errors
from cdk8s_eks_gpu.admission.schema.releases import Release, releases
from cdk8s_eks_gpu.admission.schema.structure import MISSING
from cdk8s_eks_gpu.admission.schema.validation import Validator
from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, Path
from cdk8s_eks_gpu.names import dns_label_fault, path_segment_fault, service_name_fault, subdomain_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError


_ELSEWHERE = ("apiVersion", "kind", "metadata")
# Names of these kinds may hold what names of others may not, such as the colons of `system:node`.
_PATH_NAMED_GROUPS = ("rbac.authorization.k8s.io",)
_NAMES: dict[str, Callable[[str], str | None]] = {
    "Namespace": dns_label_fault,
    "PodDisruptionBudget": path_segment_fault,
    "Service": service_name_fault,
}
# What OpenAPI says is required and the API server takes as empty or fills in: the field, and what it is a field of.
_NOT_ENFORCED = frozenset(
    {
        ("PriorityClass", "value"),
        ("httpHeaders", "value"),
        ("onPodConditions", "status"),
        ("podFailurePolicy", "rules"),
        ("preferredDuringSchedulingIgnoredDuringExecution", "podAffinityTerm"),
        ("preferredDuringSchedulingIgnoredDuringExecution", "preference"),
        ("roleRef", "apiGroup"),
        ("sleep", "seconds"),
        ("sysctls", "value"),
    }
)
_VALIDATOR = Validator(null_is_zero=True)

# What people write for Karpenter's kinds under an apiVersion of Kubernetes.
_OF_KARPENTER = {
    "EC2NodeClass": "karpenter.k8s.aws/v1",
    "NodeClaim": "karpenter.sh/v1",
    "NodeOverlay": "karpenter.sh/v1alpha1",
    "NodePool": "karpenter.sh/v1",
}
# Groups that Kubernetes had before the oldest version here, and that old manifests still name.
_GONE_GROUPS = frozenset({"extensions"})


def _release(minor: str) -> Release:
    return next(each for each in releases("Kubernetes") if each.minor == minor)


@lru_cache(maxsize=1)
def _groups() -> frozenset[str]:
    return frozenset(api.rpartition("/")[0] for each in releases("Kubernetes") for api, _ in each.kinds) | _GONE_GROUPS


@lru_cache(maxsize=4)
def kinds_of(minor: str) -> frozenset[str]:
    """Return the names of the kinds that the minor version has."""
    return frozenset(kind for _, kind in _release(minor).kinds)


def is_kubernetes_own(manifest: KubernetesObject) -> bool:
    """Return whether the object is of an API group that Kubernetes itself has or had."""
    return manifest.group in _groups()


def kubernetes_errors(manifest: KubernetesObject, minor: str) -> Iterator[FieldError]:
    """Yield everything that is wrong with an object of Kubernetes' own."""
    release, kind = _release(minor), (manifest.api_version, manifest.kind)
    schema = release.schema(kind)
    if schema is None:
        yield kind_history(manifest, release, _OF_KARPENTER.get(manifest.kind, ""))
        return
    fault = _NAMES.get(manifest.kind, subdomain_fault)
    if manifest.group in _PATH_NAMED_GROUPS:
        fault = path_segment_fault
    yield from metadata_errors(manifest.cursor["metadata"], fault)
    data = {key: value for key, value in manifest.data.items() if key not in _ELSEWHERE}
    validated = _VALIDATOR.validate(data, schema)
    reported = set()
    for error in validated.errors:
        if error.rule is UNKNOWN_FIELD:
            yield field_history(error.path, error.value, kind, release)
        elif _is_enforced(error, manifest.kind):
            reported.add(error.path)
            yield error
    for error in core_errors(Cursor({**manifest.data, **validated.value}), _number(minor)):
        if not _is_reported(error.path, reported):
            yield error


def pod_errors(manifest: KubernetesObject, path: Path, minor: str) -> Iterator[FieldError]:
    """Yield what is wrong with the pods that an object of a kind which is not Kubernetes' own makes at the path."""
    schema = schema_at(_release(minor).schema(("v1", "Pod")), ("spec",))
    if schema is None:
        return
    validated = _VALIDATOR.validate(manifest.cursor.at(*path).value, schema)
    reported = set()
    for error in validated.errors:
        if error.rule is UNKNOWN_FIELD:
            yield unknown_field(error.path, error.value, schema).below(*path)
        elif _is_enforced(error, "spec"):
            reported.add((*path, *error.path))
            yield error.below(*path)
    for error in foreign_pod_errors(manifest.cursor, Cursor(validated.value, path), _number(minor)):
        if not _is_reported(error.path, reported):
            yield error


def _number(minor: str) -> int:
    return int(minor.partition(".")[2])


def _is_enforced(error: FieldError, kind: str) -> bool:
    if error.rule is not MISSING:
        return True
    *parents, field = (step for step in error.path if isinstance(step, str))
    return (parents[-1] if parents else kind, field) not in _NOT_ENFORCED and parents[:1] != ["status"]


def _is_reported(path: Path, reported: set[Path]) -> bool:
    return bool(reported) and any(path[:length] in reported for length in range(1, len(path) + 1))
