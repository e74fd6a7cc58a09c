"""What Kubernetes asks of every object's metadata, whatever its kind.

Source: `pkg/api/validation/objectmeta.go` of kubernetes/apimachinery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.field_error import INVALID, REQUIRED, TOO_LONG, FieldError
from cdk8s_eks_gpu.admission.schema.fields import UNKNOWN_FIELD
from cdk8s_eks_gpu.admission.schema.structure import MISSING, type_error
from cdk8s_eks_gpu.findings import Rule, Severity
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.names import dns_label_fault, label_value_fault, qualified_name_fault, subdomain_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk8s_eks_gpu.manifests import Cursor

METADATA = Rule(
    "schema/metadata",
    Severity.ERROR,
    "The object's name, labels or annotations are not what Kubernetes takes.",
    "The API server refuses the object, and with it the rollout that the object belongs to.",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
    "Use a lower-case DNS name, and label keys and values of at most 63 letters, digits, '-', '_' and '.'.",
)

# The fields of ObjectMeta; what a user writes there is a string, or a map of strings.
_STRINGS = ("name", "generateName", "namespace", "uid", "resourceVersion", "selfLink", "creationTimestamp")
_MAPS = ("labels", "annotations")
_OTHERS = (
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "ownerReferences",
)
_FIELDS = frozenset((*_STRINGS, *_MAPS, *_OTHERS))
_LARGEST_ANNOTATIONS = 256 * 1024


def metadata_errors(
    metadata: Cursor, name_fault: Callable[[str], str | None] = subdomain_fault
) -> Iterator[FieldError]:
    """Yield what is wrong with an object's metadata; `name_fault` says what a name of its kind may look like."""
    if metadata and not isinstance(metadata.value, dict):
        yield type_error(metadata.value, "object").below(*metadata.path)
        return
    for field, at in metadata.entries():
        if field not in _FIELDS:
            detail = f'unknown field "metadata.{field}"{did_you_mean(field, _FIELDS)}'
            yield FieldError(UNKNOWN_FIELD, at.path, "", at.value, detail)
        elif field in _STRINGS and not isinstance(at.value, str | None):
            yield type_error(at.value, "string").below(*at.path)
        elif field in _MAPS and at:
            yield from _map(at, is_labels=field == "labels")
    yield from _names(metadata, name_fault)


def _names(metadata: Cursor, name_fault: Callable[[str], str | None]) -> Iterator[FieldError]:
    name, namespace = metadata["name"], metadata["namespace"]
    if not name.value and not metadata["generateName"].value:
        if name.value is None or name.value == "":  # of any other type that is reported already
            detail = "name or generateName is required"
            yield FieldError(MISSING, name.path, REQUIRED, detail=detail, fix="Give the object a name.")
    elif name.text() and (fault := name_fault(name.text())):
        yield FieldError(METADATA, name.path, INVALID, name.value, fault)
    if namespace.text() and (fault := dns_label_fault(namespace.text())):
        yield FieldError(METADATA, namespace.path, INVALID, namespace.value, fault)


def _map(at: Cursor, *, is_labels: bool) -> Iterator[FieldError]:
    if not isinstance(at.value, dict):
        yield type_error(at.value, "object").below(*at.path)
        return
    size = 0
    for key, item in at.value.items():
        # Annotation keys are compared in lower case, label keys as they are.
        if fault := qualified_name_fault(key if is_labels else key.lower()):
            yield FieldError(METADATA, at.path, INVALID, key, fault)
        if not isinstance(item, str | None):  # null counts as the empty string
            yield type_error(item, "string").below(*at.path, key)
            continue
        size += len(key) + len(item or "")
        if is_labels and (fault := label_value_fault(item or "")):
            yield FieldError(METADATA, at.path, INVALID, item, f"the value of {key} {fault}")
    if not is_labels and size > _LARGEST_ANNOTATIONS:
        detail = f"must have at most {_LARGEST_ANNOTATIONS} bytes together, and have {size}"
        yield FieldError(METADATA, at.path, TOO_LONG, detail=detail)
