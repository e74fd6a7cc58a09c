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
    needs_name,
    one_of,
    required,
    within,
)
from cdk8s_eks_gpu.errors import QuantityError
from cdk8s_eks_gpu.names import dns_label_fault
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

_HOST_PATHS = ("DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice")
_LARGEST_MODE = 0o777
_SHORTEST_TOKEN, _LONGEST_TOKEN = 600, 2**32  # seconds
# What each source must say.
_NEEDS = {
    "configMap": ("name",),
    "csi": ("driver",),
    "hostPath": ("path",),
    "nfs": ("server", "path"),
    "persistentVolumeClaim": ("claimName",),
    "secret": ("secretName",),
}


def volumes(pod: Cursor, *, is_pod: bool) -> Iterator[FieldError]:
    """Yield what is wrong with the volumes of a pod; only a Pod, not a template, needs an account for its tokens."""
    if not pod["volumes"].value:
        return
    names: set[str] = set()
    has_account = bool(pod["serviceAccountName"].text() or pod["serviceAccount"].text())
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
        for source in volume["projected"]["sources"].objects():
            if is_pod and not has_account and source["serviceAccountToken"]:
                yield forbidden(source["serviceAccountToken"], "must not be specified without serviceAccountName")


def _source(source: Cursor) -> Iterator[FieldError]:
    kind = str(source.path[-1])
    for field in _NEEDS.get(kind, ()):
        if not source[field].text():
            yield required(source[field])
    yield from within(source["defaultMode"], 0, _LARGEST_MODE)
    if kind == "hostPath":
        yield from one_of(source["type"], *_HOST_PATHS)
        yield from local_path(source["path"], absolute=True)
    elif kind in {"configMap", "secret"}:
        yield from _files(source)
    elif kind == "downwardAPI":
        yield from _files(source)
        for file in source["items"].objects():
            yield from file_reference(file)
    elif kind == "projected":
        yield from _projected(source)
    elif kind == "emptyDir":
        yield from _size(source["sizeLimit"])
    elif kind == "ephemeral" and not source["volumeClaimTemplate"]:
        yield required(source["volumeClaimTemplate"])


def _size(at: Cursor) -> Iterator[FieldError]:
    try:
        if at and parse_quantity(str(at.value)) < 0:
            yield forbidden(at, "must not be negative")
    except QuantityError:  # its schema says so
        return


def _files(source: Cursor) -> Iterator[FieldError]:
    for file in source["items"].objects():
        if source.path[-1] != "downwardAPI" and not file["key"].text():
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
    if kind == "downwardAPI":
        for file in source["items"].objects():
            yield from file_reference(file)
    elif kind == "serviceAccountToken":
        yield from _token(source)
    elif kind == "clusterTrustBundle" and not source["path"].text():
        yield required(source["path"])


def _token(token: Cursor) -> Iterator[FieldError]:
    yield from within(token["expirationSeconds"], _SHORTEST_TOKEN, _LONGEST_TOKEN)
    if not token["path"].text():
        yield required(token["path"])
    yield from local_path(token["path"], reserved=True)
