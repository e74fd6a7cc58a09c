"""The volumes of a pod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.environment import file_reference
from cdk8s_eks_gpu.admission.core.errors import (
    DUPLICATE,
    duplicate,
    forbidden,
    invalid,
    local_path,
    named,
    needs_name,
    one_of,
    required,
    within,
)
from cdk8s_eks_gpu.admission.core.labels import label_selector
from cdk8s_eks_gpu.names import dns_label_fault, subdomain_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

_HOST_PATHS = ("DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice")
_ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_LARGEST_MODE = 0o777
_LONGEST_DRIVER = 63
_SHORTEST_TOKEN, _LONGEST_TOKEN = 600, 2**32  # seconds
# What each source must say.
_NEEDS = {
    "configMap": ("name",),
    "csi": ("driver",),
    "ephemeral": ("volumeClaimTemplate",),
    "hostPath": ("path",),
    "nfs": ("server", "path"),
    "persistentVolumeClaim": ("claimName",),
    "secret": ("secretName",),
}


def volumes(pod: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the volumes of a pod."""
    if not pod["volumes"].value:
        return
    names: set[str] = set()
    for volume in pod["volumes"].objects():
        name = volume["name"]
        yield from needs_name(name, dns_label_fault)
        if name.text() in names:
            yield duplicate(name)
        names.add(name.text())
        sources = [source for key, source in volume.entries() if key != "name"]
        for other in sources[1:]:
            yield forbidden(other, f"may not specify more than 1 volume type, and {name.text()} has another")
        for source in sources[:1]:
            yield from _source(source)


def _source(source: Cursor) -> Iterator[FieldError]:
    kind = str(source.path[-1])
    for field in _NEEDS.get(kind, ()):
        if not source[field].text() and not isinstance(source[field].value, dict):
            yield required(source[field])
    yield from within(source["defaultMode"], 0, _LARGEST_MODE)
    if kind in _CHECKS:
        yield from _CHECKS[kind](source)


def _host_path(source: Cursor) -> Iterator[FieldError]:
    yield from one_of(source["type"], *_HOST_PATHS)
    yield from local_path(source["path"], absolute=True)


def _driver_fault(name: str) -> str | None:
    return subdomain_fault(name.lower()) if len(name) <= _LONGEST_DRIVER else "must have at most 63 characters"


def volume_claim(spec: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the spec of a PersistentVolumeClaim."""
    modes = spec["accessModes"]
    if not modes.value:
        yield required(modes, "at least 1 access mode is required")
    for mode in modes.items():
        yield from one_of(mode, *_ACCESS_MODES, may_be_empty=False)
    if "ReadWriteOncePod" in modes.texts() and len(modes.value) > 1:
        yield forbidden(modes, "may not use ReadWriteOncePod with other access modes")
    storage = spec["resources"]["requests"]["storage"]
    if not storage:
        yield required(storage)
    yield from _size(storage, positive=True)
    yield from one_of(spec["volumeMode"], "Block", "Filesystem", may_be_empty=False)
    yield from named(spec["storageClassName"], subdomain_fault)
    yield from label_selector(spec["selector"])


def _size(at: Cursor, *, positive: bool = False) -> Iterator[FieldError]:
    size = at.quantity()  # of what is none, its schema says so
    if size is not None and (size < 0 or (positive and size == 0)):
        yield invalid(at, "must be greater than zero" if positive else "must not be negative")


def _files(source: Cursor) -> Iterator[FieldError]:
    is_downward = source.path[-1] == "downwardAPI"
    for file in source["items"].objects():
        if is_downward:
            yield from file_reference(file)
        elif not file["key"].text():
            yield required(file["key"])
        if not file["path"].text():
            yield required(file["path"])
        yield from local_path(file["path"], reserved=True)
        yield from within(file["mode"], 0, _LARGEST_MODE)


def _projected(projected: Cursor) -> Iterator[FieldError]:
    paths: set[str] = set()
    for source in projected["sources"].objects():
        given = [inner for _, inner in source.entries()]
        if len(given) > 1:
            yield forbidden(source, "may not specify more than 1 volume type per source")
        for inner in given:
            yield from _projection(inner)
            for at in [file["path"] for file in inner["items"].objects()]:
                if at.text() and at.text() in paths:
                    yield invalid(at, "conflicts with the same path of another file", DUPLICATE)
                paths.add(at.text())


def _projection(source: Cursor) -> Iterator[FieldError]:
    kind = source.path[-1]
    if kind in {"configMap", "secret"} and not source["name"].text():
        yield required(source["name"])
    yield from _files(source)
    if kind == "serviceAccountToken":
        yield from _token(source)
    elif kind == "clusterTrustBundle" and not source["path"].text():
        yield required(source["path"])


def _token(token: Cursor) -> Iterator[FieldError]:
    yield from within(token["expirationSeconds"], _SHORTEST_TOKEN, _LONGEST_TOKEN)
    if not token["path"].text():
        yield required(token["path"])
    yield from local_path(token["path"], reserved=True)


_CHECKS: dict[str, Callable[[Cursor], Iterator[FieldError]]] = {
    "configMap": _files,
    "csi": lambda source: named(source["driver"], _driver_fault),
    "downwardAPI": _files,
    "emptyDir": lambda source: _size(source["sizeLimit"]),
    "hostPath": _host_path,
    "projected": _projected,
    "secret": _files,
}
