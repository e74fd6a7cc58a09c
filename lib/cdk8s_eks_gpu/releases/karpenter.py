"""One release of Karpenter: what it knows of labels, capacity types and operators, its gates, and what it runs on."""

from __future__ import annotations

from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.releases.versions import kubernetes_since, minor_of, numbers_of, table

if TYPE_CHECKING:
    from collections.abc import Mapping


class FeatureGate(Struct, frozen=True):
    """A feature gate of Karpenter.

    Attributes:
        name: Its name, such as `StaticCapacity`.
        default: Whether it is on by default.
        setting: The environment variable of the controller that takes it: FEATURE_GATES or AWS_FEATURE_GATES.
        helm_value: The value of Karpenter's chart that sets it; empty where the chart has none.
    """

    name: str
    default: bool
    setting: str
    helm_value: str

    @property
    def turned_on_by(self) -> str:
        """How to turn it on, for a message."""
        variable = f"{self.setting}={self.name}=true"
        return f"`--set {self.helm_value}=true` of Karpenter's chart ({variable})" if self.helm_value else variable


class Field(Struct, frozen=True):
    """A field of a CRD that not every release has; the fields below it came and went with it.

    Attributes:
        api_version: The `apiVersion` of the kind.
        kind: The kind.
        path: The path: `[]` stands behind a list, `*` for a map's key.
        since: The first minor version that has it, or None when the oldest known one does.
        until: The last minor version that has it, or None when the newest does.
    """

    api_version: str
    kind: str
    path: str
    since: str | None
    until: str | None


class KarpenterRelease(Struct, frozen=True, eq=False, dict=True):
    """A minor release of Karpenter, as its newest known patch release is.

    Attributes:
        tag: The patch release of the AWS provider, such as `v1.14.3`.
        core: The version, or the commit, of Karpenter's core that it is built with.
        oldest_kubernetes: The oldest minor version of Kubernetes that it supports.
        newest_kubernetes: The newest one.
    """

    tag: str
    core: str
    oldest_kubernetes: str
    newest_kubernetes: str

    @property
    def minor(self) -> str:
        """The minor version: `1.14`."""
        return minor_of(self.tag)

    @cached_property
    def well_known_labels(self) -> frozenset[str]:
        """The labels that Karpenter gives every node, so that a pool need not define them for a pod to select them."""
        return self._values("wellKnownLabels")

    @cached_property
    def labels_with_checked_values(self) -> frozenset[str]:
        """The labels whose values Karpenter compares with those that it knows."""
        return self._values("labelsWithCheckedValues")

    @cached_property
    def capacity_types(self) -> frozenset[str]:
        """The values of `karpenter.sh/capacity-type`."""
        return self._values("capacityTypes")

    @cached_property
    def requirement_operators(self) -> frozenset[str]:
        """The operators of a NodePool's requirements."""
        return self._values("requirementOperators")

    @cached_property
    def settings(self) -> Mapping[str, bool]:
        """The controller's settings that are on or off, by their environment variables, with their defaults."""
        pairs = (value.partition("=") for value in self._values("settings"))
        return MappingProxyType({name: default == "true" for name, _, default in pairs})

    @cached_property
    def feature_gates(self) -> Mapping[str, FeatureGate]:
        """The feature gates by name."""
        gates = {}
        for value in self._values("featureGates"):
            setting, helm_value, gate = value.split(":")
            name, default = gate.split("=")
            gates[name] = FeatureGate(name, default == "true", setting, helm_value)
        return MappingProxyType(gates)

    @cached_property
    def kubelet_fields(self) -> Mapping[str, str]:
        """The fields of the kubelet's configuration, with their types in JSON, where an EC2NodeClass may have any.

        `strings` is an object of strings. Empty before 1.15, whose CRDs list the fields that Karpenter takes.
        """
        pairs = (value.partition(":") for value in self._values("kubeletFields"))
        fields = {name: kind for name, _, kind in pairs}
        return MappingProxyType(fields | {"apiVersion": "string", "kind": "string"} if fields else {})

    @cached_property
    def missing_fields(self) -> tuple[Field, ...]:
        """The fields that other releases have and this one has not: newer ones, and those that went."""
        return tuple(field for field in fields() if not self._has(field.since, field.until))

    @property
    def considers_claims(self) -> bool:
        """Whether Karpenter looks at pods' `resourceClaims` at all: before 1.7 it takes such pods for any others."""
        return "IGNORE_DRA_REQUESTS" in self.settings

    @property
    def dra_gates(self) -> tuple[FeatureGate, ...]:
        """The gates by which it launches nodes for `resourceClaims`; where there is none, it launches none for them."""
        return tuple(gate for name, gate in sorted(self.feature_gates.items()) if name.startswith("DRA"))

    def supports_kubernetes(self, version: str) -> bool:
        """Return whether the release supports a Kubernetes version."""
        minor = minor_of(version)
        return bool(minor) and (
            numbers_of(self.oldest_kubernetes) <= numbers_of(minor) <= numbers_of(self.newest_kubernetes)
        )

    def _values(self, name: str) -> frozenset[str]:
        entries = table()[name]
        return frozenset(entry["value"] for entry in entries if self._has(entry.get("since"), entry.get("until")))

    def _has(self, since: str | None, until: str | None) -> bool:
        this = numbers_of(self.minor)
        return (since is None or numbers_of(since) <= this) and (until is None or this <= numbers_of(until))


@cache
def fields() -> tuple[Field, ...]:
    """Return the fields that not every release has."""
    return tuple(
        Field(entry["apiVersion"], entry["kind"], entry["path"], entry.get("since"), entry.get("until"))
        for entry in table()["fields"]
    )


@cache
def karpenter_releases() -> Mapping[str, KarpenterRelease]:
    """Return the releases that are known by their minor version, oldest first."""
    return MappingProxyType({minor_of(facts["tag"]): _release(facts) for facts in table()["karpenter"]})


def _release(facts: Mapping[str, Any]) -> KarpenterRelease:
    oldest, newest = facts["kubernetes"]
    return KarpenterRelease(facts["tag"], facts["core"], oldest, newest)


def karpenter_release(version: str) -> KarpenterRelease:
    """Return the release that a version means: `1.14`, `v1.14` or `1.14.1` all mean the newest known 1.14.

    Raises:
        UnknownNameError: It is no version, or none that is known here.
    """
    known = karpenter_releases()
    minor = minor_of(version)
    if minor in known:
        return known[minor]
    oldest, *_, newest = known
    raise _unknown("Karpenter version", version, oldest, newest)


def kubernetes_minor(version: str) -> str:
    """Return the minor version that a version means: `1.34` for `1.34`, `v1.34` and `1.34.1`.

    Raises:
        UnknownNameError: It is no version, or none that a known Karpenter supports.
    """
    minor = minor_of(version)
    oldest, *_, newest = known = karpenter_releases().values()
    if minor and any(each.supports_kubernetes(minor) for each in known):
        return minor
    raise _unknown("Kubernetes version", version, oldest.oldest_kubernetes, newest.newest_kubernetes)


def _unknown(what: str, version: str, oldest: str, newest: str) -> UnknownNameError:
    advice = f"Known are {oldest} to {newest}; name the newest of them if yours is newer."
    return UnknownNameError(what, version, advice=advice)


def incompatibility(karpenter: str, kubernetes: str) -> str | None:
    """Return why a Karpenter does not go with a Kubernetes, in one sentence; None where it does.

    A patch version counts where one is named: 1.0.4 does not support Kubernetes 1.31, which came with 1.0.5.

    Raises:
        UnknownNameError: The Karpenter is not known here.
    """
    release = karpenter_release(karpenter)
    wanted = minor_of(kubernetes)
    span = f"Kubernetes {release.oldest_kubernetes} to {release.newest_kubernetes}"
    since = kubernetes_since(wanted)
    *_, patch = numbers_of(karpenter)
    _, _, needed = numbers_of(since) if since and minor_of(since) == release.minor else (0, 0, None)
    if release.supports_kubernetes(wanted) and (patch is None or needed is None or patch >= needed):
        return None
    if release.supports_kubernetes(wanted):
        return f"Kubernetes {wanted} needs Karpenter {since} or newer, not {karpenter}"
    if since is not None and numbers_of(minor_of(since)) >= numbers_of(release.minor):
        return f"Karpenter {release.minor} supports {span}: {wanted} needs Karpenter {since} or newer"
    return f"Karpenter {release.minor} supports {span}, not {wanted}"
