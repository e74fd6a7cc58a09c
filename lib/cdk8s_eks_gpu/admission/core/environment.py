"""Environment variables, and where their values come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import CONFLICT, invalid, named, needs_name, required, unsupported
from cdk8s_eks_gpu.admission.core.labels import LABEL
from cdk8s_eks_gpu.names import key_fault, qualified_name_fault, subdomain_fault, variable_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
"""What a variable can take from its pod; a file in a volume takes those of metadata, and all labels or annotations."""

_FILE_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_SUBSCRIPT = re.compile(r"(?P<map>.+?)\['(?P<key>.*)'\]\Z", re.DOTALL)
_RESOURCES = tuple(
    f"{side}.{name}" for side in ("limits", "requests") for name in ("cpu", "ephemeral-storage", "memory")
)
_HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_CPU_DIVISORS = frozenset({"1m", "1"})
_DIVISORS = frozenset({"1", *(f"1{unit}" for unit in "kMGTPE"), *(f"1{unit}i" for unit in "KMGTPE")})
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


def variables(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the variables of a container."""
    for variable in at.objects():
        yield from needs_name(variable["name"], variable_fault)
        if source := variable["valueFrom"]:
            yield from _source(source, has_value=bool(variable["value"].text()))


def variable_sources(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the ConfigMaps and Secrets that a container takes all of its variables from."""
    for source in at.objects():
        yield from named(source["prefix"], variable_fault)
        references = [source[name] for name in ("configMapRef", "secretRef") if source[name]]
        if len(references) != 1:
            yield invalid(source, "must have either configMapRef or secretRef", CONFLICT)
        for reference in references:
            yield from needs_name(reference["name"], _beginning_fault)


def _beginning_fault(name: str) -> str | None:
    """Return what is wrong with a name that others may begin with, so that it may end with a dash."""
    return subdomain_fault(f"{name[:-2]}a" if len(name) > 1 and name.endswith("-") else name)


def _source(source: Cursor, *, has_value: bool) -> Iterator[FieldError]:
    given = [name for name in _SOURCES if source[name]]
    if not given:
        yield invalid(source, f"must have one of {', '.join(_SOURCES[:-1])}", CONFLICT)
    elif has_value:
        yield invalid(source, "may not be specified when `value` is not empty", CONFLICT)
    elif len(given) > 1:
        yield invalid(source, f"may have one source only, and has {', '.join(given)}", CONFLICT)
    if "fieldRef" in given:
        yield from field_reference(source["fieldRef"], _FIELDS)
    if "resourceFieldRef" in given:
        yield from resource_reference(source["resourceFieldRef"])
    for name in ("configMapKeyRef", "secretKeyRef"):
        if name in given:
            yield from needs_name(source[name]["name"], subdomain_fault)
            yield from needs_name(source[name]["key"], key_fault)


def file_reference(file: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with where a file of a downwardAPI volume takes its content from."""
    if file["fieldRef"]:
        yield from field_reference(file["fieldRef"], _FILE_FIELDS)
        if file["resourceFieldRef"]:
            yield invalid(file, "fieldRef and resourceFieldRef may not both be specified", CONFLICT)
    elif file["resourceFieldRef"]:
        reference = file["resourceFieldRef"]
        if not reference["containerName"].text():
            yield required(reference["containerName"])
        else:
            yield from resource_reference(reference)
    else:
        yield required(file, "one of fieldRef and resourceFieldRef is required")


def field_reference(reference: Cursor, fields: tuple[str, ...]) -> Iterator[FieldError]:
    """Yield what is wrong with a reference to a field of the pod."""
    at = reference["fieldPath"]
    version = reference["apiVersion"]
    if version.text() and version.text() != "v1":
        yield invalid(at, f"the API version {version.text()} has no fields to refer to")
        return
    if not at.text():
        yield required(at)
        return
    subscript = _SUBSCRIPT.match(at.text())
    if subscript is None:
        if at.text() not in fields and (at.text() != "spec.host" or "spec.nodeName" not in fields):
            yield unsupported(at, fields)  # spec.host is what spec.nodeName was called before v1
        return
    name, key = subscript["map"], subscript["key"]
    if name not in {"metadata.annotations", "metadata.labels"}:
        yield invalid(at, f"{name} takes no subscript")
    elif fault := qualified_name_fault(key.lower() if name.endswith("annotations") else key):
        yield invalid(at, f"the key {fault}", LABEL)


def resource_reference(reference: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with a reference to a resource of a container."""
    at, divisor = reference["resource"], reference["divisor"]
    resource = at.text()
    if not resource:
        yield required(at)
    elif resource not in _RESOURCES and not resource.startswith(_HUGE_PAGES):
        yield unsupported(at, _RESOURCES)
    if not resource or not divisor.quantity():  # of what is no quantity, its schema says so
        return
    allowed = _CPU_DIVISORS if resource.endswith(".cpu") else _DIVISORS
    if str(divisor.value).strip() not in allowed:
        yield invalid(divisor, f"must be one of {', '.join(sorted(allowed))} for {resource}")
