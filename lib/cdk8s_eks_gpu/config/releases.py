"""What `cluster.yaml` says and its `karpenterVersion` does not have: fields, operators, labels and capacity types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.ec2 import Kubelet
from cdk8s_eks_gpu.errors import QuantityError, UnknownNameError
from cdk8s_eks_gpu.quantity import parse_quantity
from cdk8s_eks_gpu.releases import Fact, KarpenterRelease, karpenter_release, since

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Path

    Found = Iterator[tuple[Path, str]]

# Where the fields of a NodePool stand in the options, which have spec, template and template's spec on one level.
_NODE_POOL_PREFIXES = ("spec.template.spec.", "spec.template.", "spec.")
_OPEN_KUBELET = "1.15"
# What the options of `capacity` are written to; capacity blocks need a label too.
_CAPACITY_FIELDS = {
    "reservations": ("EC2NodeClass", "spec.capacityReservationSelectorTerms"),
    "blocks": ("EC2NodeClass", "spec.capacityReservationSelectorTerms"),
    "placementGroup": ("EC2NodeClass", "spec.placementGroupSelector"),
    "static": ("NodePool", "spec.replicas"),
}


def newer_than_karpenter(data: Any) -> Found:  # noqa: ANN401 -- whatever the file holds
    """Yield the path of everything that came after the file's `karpenterVersion`, and the version that brought it.

    What has the wrong shape is passed over: the models tell of it.
    """
    version = _mapping(data, "cluster").get("karpenterVersion")
    if not isinstance(version, str):
        return
    try:
        release = karpenter_release(version)
    except UnknownNameError:
        return
    for name, options in _mapping(data, "nodeClasses").items():
        yield from _fields(options, "EC2NodeClass", ("spec.",), ("nodeClasses", name), release)
        yield from _kubelet(options, ("nodeClasses", name, "kubelet"), release)
    for name, options in _mapping(data, "nodePools").items():
        yield from _fields(options, "NodePool", _NODE_POOL_PREFIXES, ("nodePools", name), release)
        yield from _values(options, ("nodePools", name), release)
        yield from _capacity(options, ("nodePools", name, "capacity"), release)


def _mapping(data: Any, key: str) -> dict[str, Any]:  # noqa: ANN401
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:  # noqa: ANN401 -- models may hold a tuple where a file has a list
    return list(value) if isinstance(value, list | tuple) else []


def _came(name: str, version: str, release: KarpenterRelease) -> str:
    return f"{name} came with Karpenter {version}; karpenterVersion is {release.minor}"


def _fields(options: Any, kind: str, prefixes: tuple[str, ...], here: Path, release: KarpenterRelease) -> Found:  # noqa: ANN401
    for field in release.missing_fields:
        if field.kind != kind or field.since is None or not field.api_version.endswith("/v1"):
            continue
        prefix = next(prefix for prefix in prefixes if field.path.startswith(prefix))
        steps = re.findall(r"\[\]|[^.\[\]]+", field.path.removeprefix(prefix))
        for path in _places(options, steps):
            if path and "*" not in steps:
                yield (*here, *path), _came(str(path[-1]), field.since, release)


def _capacity(options: Any, here: Path, release: KarpenterRelease) -> Found:  # noqa: ANN401
    """Yield the parts of `capacity` whose fields and labels came later."""
    missing = {(field.kind, field.path): field.since for field in release.missing_fields}
    needs = {option: missing.get(field) for option, field in _CAPACITY_FIELDS.items()}
    if vocabulary.CAPACITY_RESERVATION_TYPE not in release.well_known_labels:
        needs["blocks"] = since("wellKnownLabels", vocabulary.CAPACITY_RESERVATION_TYPE)
    capacity = _mapping(options, "capacity")
    for option, version in needs.items():
        if version is not None and capacity.get(option) is not None:
            yield (*here, option), _came(option, version, release)


def _places(data: Any, steps: list[str]) -> Iterator[Path]:  # noqa: ANN401
    if not steps:
        yield ()
        return
    step, *rest = steps
    below: list[tuple[str | int, Any]] = []
    if step == "[]" and isinstance(data, list | tuple):
        below = list(enumerate(data))
    elif isinstance(data, dict) and step in data:
        below = [(step, data[step])]
    for key, value in below:
        yield from ((key, *path) for path in _places(value, rest))


def _kubelet(options: Any, here: Path, release: KarpenterRelease) -> Found:  # noqa: ANN401
    """Yield the fields of the kubelet, and the expressions, that no release before 1.15 takes."""
    if "NodeClassCEL" in release.feature_gates:
        return
    kubelet = _mapping(options, "kubelet")
    known = {field.alias for field in Kubelet.model_fields.values()}
    for name in kubelet:
        if name not in known:
            yield (*here, name), _came(name, _OPEN_KUBELET, release)
    if isinstance(kubelet.get("maxPods"), str):
        yield (*here, "maxPods"), _came("an expression", _OPEN_KUBELET, release)
    for field in ("kubeReserved", "systemReserved"):
        for resource, value in _mapping(kubelet, field).items():
            if isinstance(value, str) and not _is_quantity(value):
                message = f"'{value}' is not a Kubernetes quantity such as 1000, 500m or 64Gi; "
                yield (*here, field, resource), message + _came("an expression", _OPEN_KUBELET, release)


def _is_quantity(text: str) -> bool:
    try:
        parse_quantity(text)
    except QuantityError:
        return False
    return True


def _values(options: Any, here: Path, release: KarpenterRelease) -> Found:  # noqa: ANN401
    """Yield the capacity types, the operators and the labels that came later."""
    if not isinstance(options, dict):
        return
    for index, value in enumerate(_items(options.get("capacityTypes"))):
        yield from _later("capacityTypes", value, (*here, "capacityTypes", index), release)
    for index, requirement in enumerate(_items(options.get("requirements"))):
        if not isinstance(requirement, dict):
            continue
        place = (*here, "requirements", index)
        yield from _later("requirementOperators", requirement.get("operator"), (*place, "operator"), release)
        yield from _later("wellKnownLabels", requirement.get("key"), (*place, "key"), release)
        if requirement.get("key") == vocabulary.CAPACITY_TYPE:
            for position, value in enumerate(_items(requirement.get("values"))):
                yield from _later("capacityTypes", value, (*place, "values", position), release)


def _later(fact: Fact, value: Any, path: Path, release: KarpenterRelease) -> Found:  # noqa: ANN401
    known: dict[Fact, frozenset[str]] = {
        "capacityTypes": release.capacity_types,
        "requirementOperators": release.requirement_operators,
        "wellKnownLabels": release.well_known_labels,
    }
    if isinstance(value, str) and value not in known[fact] and (version := since(fact, value)) is not None:
        yield path, _came(value, version, release)
