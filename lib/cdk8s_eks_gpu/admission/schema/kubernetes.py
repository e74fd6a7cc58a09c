"""The kinds that Kubernetes itself has, version by version, and what their objects may say."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.rules import schema as rules
from cdk8s_eks_gpu.admission.schema.catalogue import Catalogue
from cdk8s_eks_gpu.admission.schema.metadata import broken_metadata
from cdk8s_eks_gpu.admission.schema.normal import normal
from cdk8s_eks_gpu.admission.schema.structure import structure
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.errors import UnknownKubernetesVersionError
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.names import dns_label_fault, service_name_fault, subdomain_fault
from cdk8s_eks_gpu.releases import minor_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path

_SERVERS_OWN = ("apiVersion", "kind", "metadata")
# Names of these kinds may hold what names of others may not, such as the colons of `system:node`.
_PATH_NAMED_GROUPS = ("rbac.authorization.k8s.io",)
_NAMES = {"Namespace": dns_label_fault, "Service": service_name_fault}

# Groups that Kubernetes had before the oldest version here, and that old manifests still name.
_GONE_GROUPS = frozenset({"extensions"})


@lru_cache(maxsize=1)
def _catalogue() -> Catalogue:
    return Catalogue("kubernetes.json")


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, Mapping[tuple[str, str], int]]:
    """Return the place of each kind's schema, by minor version; oldest version first."""
    return {
        minor_of(facts["tag"]): {(kind["apiVersion"], kind["kind"]): kind["schema"] for kind in facts["kinds"]}
        for facts in _catalogue().releases
    }


@lru_cache(maxsize=1)
def _groups() -> frozenset[str]:
    return frozenset(api.rpartition("/")[0] for kinds in _kinds().values() for api, _ in kinds) | _GONE_GROUPS


def kubernetes_minor(version: str) -> str:
    """Return the minor version that a version means: `1.34` for `1.34`, `v1.34` and `1.34.1`.

    Raises:
        UnknownKubernetesVersionError: It is no version, or none whose schemas are known here.
    """
    minor = minor_of(version)
    if minor not in _kinds():
        oldest, *_, newest = _kinds()
        raise UnknownKubernetesVersionError(
            f"Kubernetes {version!r} is not known here: {oldest} to {newest} are. "
            "Name the newest of them if yours is newer."
        )
    return minor


@lru_cache(maxsize=4)
def kinds_of(minor: str) -> frozenset[str]:
    """Return the names of the kinds that the minor version has."""
    return frozenset(kind for _, kind in _kinds()[minor])


def is_kubernetes_own(judged: KubernetesObject) -> bool:
    """Return whether the object is of an API group that Kubernetes itself has or had."""
    return judged.group in _groups()


def violations(judged: KubernetesObject, minor: str) -> Iterator[Violation]:
    """Yield everything that is wrong with the shape of an object of Kubernetes' own."""
    place = _kinds()[minor].get((judged.api_version, judged.kind))
    if place is None:
        yield _unknown_kind(judged, minor)
        return
    fault = _no_path_in if judged.group in _PATH_NAMED_GROUPS else _NAMES.get(judged.kind, subdomain_fault)
    yield from broken_metadata(judged.data.get("metadata"), fault)
    schema = _catalogue().schema(place)
    unknown: list[tuple[Path, Any]] = []
    data = {key: value for key, value in judged.data.items() if key not in _SERVERS_OWN}
    seen = normal(data, schema, (), lambda path, value: unknown.append((path, value)))
    for path, value in unknown:
        yield _unknown_field(path, value, judged, schema, minor)
    shape: list[Violation] = []
    structure(seen, schema, (), shape)
    yield from shape


def _no_path_in(name: str) -> str | None:
    if name in {".", ".."} or "/" in name or "%" in name:
        return "may not be '.' or '..', nor have '/' or '%' in it"
    return None


def _step(schema: SchemaNode, part: str | int) -> SchemaNode | None:
    return schema.items if isinstance(part, int) else schema.properties.get(part, schema.additional)


def _unknown_field(path: Path, value: Any, judged: KubernetesObject, schema: SchemaNode, minor: str) -> Violation:  # noqa: ANN401 -- any value of a manifest
    name = str(path[-1])
    versions = list(_kinds())
    for later in versions[versions.index(minor) + 1 :]:
        there: SchemaNode | None = None
        place = _kinds()[later].get((judged.api_version, judged.kind))
        there = _catalogue().schema(place) if place is not None else None
        for part in path:
            there = _step(there, part) if there is not None else None
        if there is not None:
            message = f"{name} came with Kubernetes {later}; this is {minor}"
            return Violation(rules.NEWER_FIELD, path, message, value, f"Upgrade the cluster to {later}, or drop it.")
    parent = schema
    for part in path[:-1]:
        parent = _step(parent, part) or parent
    message = f"{name} is no field of {judged.kind} here{did_you_mean(name, parent.properties)}"
    return Violation(rules.UNKNOWN_FIELD, path, message, value)


def _unknown_kind(judged: KubernetesObject, minor: str) -> Violation:
    identity = (judged.api_version, judged.kind)
    name = f"{judged.kind} of {judged.api_version}"
    versions = list(_kinds())
    here = versions.index(minor)
    for later in versions[here + 1 :]:
        if identity in _kinds()[later]:
            message = f"{name} came with Kubernetes {later}; this is {minor}"
            return Violation(rules.NEWER_FIELD, ("apiVersion",), message, judged.api_version)
    others = sorted(api for api, kind in _kinds()[minor] if kind == judged.kind)
    cure = f"Write `apiVersion: {others[0]}`." if others else None
    for earlier in reversed(versions[:here]):
        if identity in _kinds()[earlier]:
            message = f"{name} was last known to Kubernetes {earlier}; this is {minor}"
            return Violation(rules.REMOVED_FIELD, ("apiVersion",), message, judged.api_version, cure)
    hint = "" if others else did_you_mean(judged.kind, {kind for _, kind in _kinds()[minor]})
    message = f"Kubernetes {minor} has no {name}{hint}"
    return Violation(rules.UNKNOWN_KIND, ("apiVersion" if others else "kind",), message, judged.kind, cure)
