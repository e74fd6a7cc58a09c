"""Whether an object in the cluster is the one that was applied: what the API server adds by itself is no difference.

The API server fills in fields of structs, and drops what says what is so anyway. It adds no entries to maps whose keys
are free, such as `nodeSelector` or `data`, and no items to lists (but in Pods, to which admission adds tolerations,
volumes and the like, and in Jobs). So a free map and a list must be the same, and of a struct what was applied must be
there; fields of structs that decide where pods run count as added by a user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.durations import seconds_of
from cdk8s_eks_gpu.quantity import quantity_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject, Path


_ADDED_TO = {"Pod", "Job"}
"""Kinds to whose lists and labels others add: admission to those of Pods, the Job controller to its pods' labels."""
_LEFT_OUT = {"status", "apiVersion", "kind"}
_FREE_MAPS = {
    *("data", "stringData", "binaryData", "matchLabels", "nodeSelector", "limits", "requests", "tags"),
    *("kubeReserved", "systemReserved", "evictionHard", "evictionSoft", "evictionSoftGracePeriod", "capacity"),
}
_PLACES_PODS = {
    *("affinity", "nodeSelector", "tolerations", "taints", "startupTaints", "limits", "replicas", "weight"),
    *("hostNetwork", "networkInterfaces", "instanceProfile", "userData", "kubelet", "blockDeviceMappings"),
    *("instanceStorePolicy", "capacityReservationSelectorTerms", "placementGroupSelector", "nodeName"),
}
_MERGE_KEYS = ("name", "containerPort", "mountPath", "key")
_BY_NAME = {"containers", "initContainers", "volumes", "env", "volumeMounts", "ports", "imagePullSecrets", "secrets"}
_MISSING = object()


class Difference(Struct, frozen=True):
    """One field that differs.

    Attributes:
        path: Where.
        expected: What was applied, or None where nothing was.
        observed: What is there, or None where nothing is.
    """

    path: Path
    expected: Any
    observed: Any


def differences(expected: KubernetesObject, observed: KubernetesObject) -> list[Difference]:
    """Return the fields in which an object in the cluster differs from the manifest."""
    exact = expected.kind not in _ADDED_TO
    found: list[Difference] = []
    for key in expected.data:
        if key in _LEFT_OUT or key == "metadata":
            continue
        found += _compare((key,), expected.data[key], observed.data.get(key, _MISSING), exact=exact)
    for key in ("labels", "annotations"):
        wanted, there = expected.metadata.get(key), observed.metadata.get(key)
        found += _subset(("metadata", key), wanted, there)
    return found


def _subset(path: Path, expected: object, observed: object) -> Iterator[Difference]:
    there = observed if isinstance(observed, dict) else {}
    for key, value in expected.items() if isinstance(expected, dict) else ():
        if value is not None and there.get(key) != value:
            yield Difference((*path, key), value, there.get(key))


def _compare(path: Path, expected: Any, observed: Any, *, exact: bool) -> Iterator[Difference]:  # noqa: ANN401 -- YAML
    if _is_nothing(expected) and (observed is _MISSING or _is_nothing(observed)):
        return
    if observed is _MISSING:
        yield Difference(path, expected, None)
    elif isinstance(expected, dict) and isinstance(observed, dict):
        yield from _compare_maps(path, expected, observed, exact=exact)
    elif isinstance(expected, list) and isinstance(observed, list):
        yield from _compare_lists(path, expected, observed, exact=exact)
    elif not _same(expected, observed):
        yield Difference(path, expected, observed)


def _compare_maps(
    path: Path, expected: dict[str, Any], observed: dict[str, Any], *, exact: bool
) -> Iterator[Difference]:
    for key, value in expected.items():
        yield from _compare((*path, key), value, observed.get(key, _MISSING), exact=exact)
    name = path[-1]
    is_free = name in _FREE_MAPS or path[-2:] == ("metadata", "labels")
    for key, value in observed.items():
        if key in expected or _is_nothing(value) or not exact:
            continue
        if (is_free and not _is_default_request(path, key)) or (
            not is_free and key in _PLACES_PODS and not _is_default(key, value)
        ):
            yield Difference((*path, key), None, value)


def _is_default_request(path: Path, key: str) -> bool:
    # A limit is the default of a request.
    return path[-2:] == ("resources", "requests") and bool(key)


def _is_default(key: str, value: object) -> bool:
    return key == "replicas" and value == 1


def _compare_lists(path: Path, expected: list[Any], observed: list[Any], *, exact: bool) -> Iterator[Difference]:
    if not exact and path[-1] in _BY_NAME:
        yield from _compare_by_name(path, expected, observed)
    elif len(expected) == len(observed) or (not exact and len(expected) < len(observed)):
        for number, (wanted, there) in enumerate(zip(expected, observed, strict=False)):
            yield from _compare((*path, number), wanted, there, exact=exact)
    else:
        yield Difference(path, expected, observed)


def _compare_by_name(path: Path, expected: list[Any], observed: list[Any]) -> Iterator[Difference]:
    """Compare what was applied with the items of the same name, whatever others there are."""
    for number, wanted in enumerate(expected):
        key = next((key for key in _MERGE_KEYS if isinstance(wanted, dict) and key in wanted), None)
        found = (there for there in observed if isinstance(there, dict) and key and there.get(key) == wanted[key])
        yield from _compare((*path, number), wanted, next(found, _MISSING), exact=False)


def _is_nothing(value: object) -> bool:
    """Return whether a value says what is so anyway; the API server drops it, or writes it, as it likes."""
    return value is None or value is False or value in ("", 0, [], {})


def _same(expected: object, observed: object) -> bool:
    if expected == observed and isinstance(expected, bool) == isinstance(observed, bool):
        return True
    if isinstance(expected, bool) or isinstance(observed, bool):
        return False
    left, right = str(expected), str(observed)
    return (
        left == right
        or quantity_of(left) == quantity_of(right) is not None
        or seconds_of(left) == seconds_of(right) is not None
    )
