"""`cluster.featureGates`: the gates that the cluster's Karpenter has, and what the file needs them for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.releases import GATE_USES, karpenter_release, karpenter_releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Path

# The options that render to what needs a gate; each stands below a name.
_NEEDED_BY: dict[str, tuple[tuple[str, ...], ...]] = {
    "NodeOverlay": (("nodePools", "hugePages"),),
    "ReservedCapacity": (
        ("nodeClasses", "capacityReservationSelectorTerms"),
        ("nodePools", "capacity", "reservations"),
        ("nodePools", "capacity", "blocks"),
    ),
    "StaticCapacity": (("nodePools", "replicas"), ("nodePools", "capacity", "static")),
}


def gate_problems(data: Any) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 -- whatever the file holds
    """Yield the gates that the file's Karpenter does not have, and what needs a gate that is said to be off.

    What has the wrong shape is passed over: the models tell of it.
    """
    cluster = _mapping(data, "cluster")
    version, gates = cluster.get("karpenterVersion"), _mapping(cluster, "featureGates")
    if not isinstance(version, str) or not gates:
        return
    try:
        known = karpenter_release(version).feature_gates
    except UnknownNameError:
        return
    for name, is_on in gates.items():
        path = ("cluster", "featureGates", name)
        if name not in known:
            yield path, _not_known(str(name), version, sorted(known))
        elif is_on is False:
            off = next((use.off for use in GATE_USES if use.gate == name), "")
            for place in _needing(data, name):
                yield path, f"Invalid value: false: {'.'.join(place)} needs it, and without it {off}"


def _not_known(name: str, version: str, known: list[str]) -> str:
    came = next((minor for minor, release in karpenter_releases().items() if name in release.feature_gates), None)
    if came is not None:
        return f"the feature gate {name} came with Karpenter {came}; karpenterVersion is {version}"
    hint = did_you_mean(name, known) or f" (known: {', '.join(known)})"
    return f"Karpenter {version} has no feature gate '{name}'{hint}"


def _needing(data: Any, gate: str) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 -- as above
    for section, *steps in _NEEDED_BY.get(gate, ()):
        for name in _mapping(data, section):
            value: Any = _mapping(data, section)[name]
            for step in steps:
                value = value.get(step) if isinstance(value, dict) else None
            if value is not None and value != []:
                yield (section, str(name), *steps)


def _mapping(data: Any, key: str) -> dict[str, Any]:  # noqa: ANN401 -- as above
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}
