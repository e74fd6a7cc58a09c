"""Which option of a cluster.yaml a field of a manifest comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, Path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_TEMPLATE: Path = ("spec", "template")
_NODE: Path = (*_TEMPLATE, "spec")

# Where fields come from: the beginning of a field's path, and the options that may have made it, the likeliest first.
_POOL: Mapping[Path, Sequence[Path]] = {
    (*_NODE, "nodeClassRef"): [("nodeClass",)],
    (*_NODE, "taints"): [("taints",)],
    (*_NODE, "startupTaints"): [("startupTaints",)],
    (*_NODE, "expireAfter"): [("expireAfter",), ("capacity",)],
    (*_NODE, "terminationGracePeriod"): [("terminationGracePeriod",)],
    (*_TEMPLATE, "metadata", "labels", vocabulary.NVIDIA_CONFIGURATION): [("devicePluginConfiguration",)],
    (*_TEMPLATE, "metadata", "labels"): [("labels",)],
    (*_TEMPLATE, "metadata", "annotations"): [("annotations",)],
    ("spec", "limits"): [("limits",), ("capacity", "static")],
    ("spec", "weight"): [("weight",)],
    ("spec", "replicas"): [("replicas",), ("capacity", "static", "replicas")],
    ("spec", "disruption"): [("disruption",), ("capacity",)],
    ("metadata",): [("metadata",)],
}
_REQUIREMENTS: Mapping[str, Sequence[Path]] = {
    vocabulary.ARCH: [("architectures",)],
    vocabulary.CAPACITY_TYPE: [
        ("capacityTypes",),
        *(("capacity", key) for key in ("fallback", "reservations", "blocks")),
    ],
    vocabulary.INSTANCE_CATEGORY: [("instanceCategories",)],
    vocabulary.INSTANCE_FAMILY: [("instanceFamilies",)],
    vocabulary.INSTANCE_TYPE: [("instanceTypes",)],
    vocabulary.ZONE: [("zones",), ("capacity", "zone")],
    vocabulary.CAPACITY_RESERVATION_TYPE: [("capacity", "blocks"), ("capacity", "reservations")],
}
_CLASS: Mapping[Path, Sequence[Path]] = {
    ("spec", "amiSelectorTerms"): [("amiSelectorTerms",), ("ami",)],
    ("spec", "subnetSelectorTerms"): [("subnetSelectorTerms",), ("discovery",)],
    ("spec", "securityGroupSelectorTerms"): [("securityGroupSelectorTerms",), ("discovery",)],
    ("spec", "blockDeviceMappings"): [("blockDeviceMappings",), ("rootVolume",)],
    ("spec",): [()],
    ("metadata",): [("metadata",)],
}
# What the pools of a node class have put on it.
_CLASS_BY_POOL: Mapping[Path, Sequence[Path]] = {
    ("spec", "networkInterfaces"): [("efa",)],
    ("spec", "capacityReservationSelectorTerms"): [("capacity", "reservations"), ("capacity", "blocks")],
    ("spec", "placementGroupSelector"): [("capacity", "placementGroup")],
    ("spec", "userData"): [("hugePages",)],
}
_ROOT_VOLUME = {"volumeSize": "size", "volumeType": "type", "deviceName": "device", "kmsKeyID": "kmsKeyId"}
_ROOT_VOLUME |= {key: key for key in ("iops", "throughput", "encrypted")}
_POD: Mapping[str, Sequence[Path]] = {
    "tolerations": [("tolerations",)],
    "nodeSelector": [("nodeSelector",), ("nodePool",)],
    "affinity": [("affinity",), ("nodeSelector",), ("supportedInstanceTypes",), ("nodePool",)],
    "imagePullSecrets": [("imagePullSecrets",)],
    "priorityClassName": [("priorityClassName",)],
    "volumes": [("sharedMemory",)],
    "activeDeadlineSeconds": [("activeDeadlineSeconds",)],
}
_CONTAINER: Mapping[str, Sequence[Path]] = {
    "image": [("image",)],
    "command": [("command",)],
    "args": [("args",)],
    "resources": [("resources",)],
}
_LIMITS: Mapping[str, str] = {
    vocabulary.GPU: "gpus",
    vocabulary.EFA: "efaInterfaces",
    vocabulary.HUGE_PAGES: "hugePages",
    "cpu": "cpu",
    "memory": "memory",
}


def pool_options(name: str, pool: Cursor, path: Path, manifest: KubernetesObject | None) -> Iterator[Path]:
    """Yield the options of a pool that a field of its NodePool may come from, the likeliest first."""
    place: Path = ("nodePools", name)
    is_requirement = path[:4] == (*_NODE, "requirements")
    if is_requirement and len(path) > 4 and manifest is not None:  # noqa: PLR2004 -- the index
        key = manifest.get(*path[:5], "key")
        for option in _REQUIREMENTS.get(str(key), ()):
            yield (*place, *option)
        for index, requirement in enumerate(pool["requirements"].items()):
            if requirement["key"].value == key:
                yield (*place, "requirements", index, *path[5:])
    if is_requirement and pool["requirements"]:
        yield (*place, "requirements")
    yield from (
        (*place, *option, *path[len(start) :]) for start, options in _matching(_POOL, path) for option in options
    )
    yield place


def class_options(name: str, pools: Sequence[str], path: Path) -> Iterator[Path]:
    """Yield the options of a node class, and of the pools that put something on it, that a field may come from."""
    place: Path = ("nodeClasses", name)
    for start, options in _matching(_CLASS, path):
        for option in options:
            rest = path[len(start) :]
            if option == ("rootVolume",):
                rest = (_ROOT_VOLUME[str(rest[-1])],) if rest and str(rest[-1]) in _ROOT_VOLUME else ()
            yield (*place, *option, *(() if option in {("ami",), ("discovery",)} else rest))
    for _, options in _matching(_CLASS_BY_POOL, path):
        yield from (("nodePools", pool, *option) for pool in pools for option in options)
    yield place


def workload_options(place: Path, path: Path) -> Iterator[Path]:
    """Yield the options of a plugin or a smoke test that a field of its workload may come from."""
    if path[:1] == ("metadata",) and len(path) > 1:
        yield (*place, *path[1:])
    for index, key in enumerate(path):
        if key == "containers":
            yield from _container_options(place, path[index + 2 :])
        for option in _POD.get(str(key), ()):
            yield (*place, *option, *path[index + 1 :])
            yield (*place, "values", *option)
    yield place


def _container_options(place: Path, path: Path) -> Iterator[Path]:
    key = str(path[0]) if path else ""
    if key == "resources" and str(path[-1]) in _LIMITS:
        yield (*place, _LIMITS[str(path[-1])])
    for option in _CONTAINER.get(key, ()):
        yield (*place, *option, *path[1:])


def first_written(options: Sequence[Path], data: Any) -> Path:  # noqa: ANN401 -- whatever the file holds
    """Return the first option that the file says, cut off where it says no more; else the first one's own name."""
    least = len(options[-1])
    for option in options:
        written = next((option[:end] for end in range(len(option), least, -1) if _has(data, option[:end])), None)
        if written is not None:
            return written
    return options[0][: least + 1]


def _matching(table: Mapping[Path, Sequence[Path]], path: Path) -> Iterator[tuple[Path, Sequence[Path]]]:
    return ((start, options) for start, options in table.items() if path[: len(start)] == start)


def _has(data: Any, path: Path) -> bool:  # noqa: ANN401 -- whatever the file holds
    around = Cursor(data).at(*path[:-1]).value
    if isinstance(around, list):
        return isinstance(path[-1], int) and path[-1] < len(around)
    return isinstance(around, dict) and path[-1] in around
