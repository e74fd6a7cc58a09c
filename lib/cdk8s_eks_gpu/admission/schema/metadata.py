"""What Kubernetes asks of every object's metadata, whatever its kind.

Source: `pkg/api/validation/objectmeta.go` of kubernetes/apimachinery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.rules import schema as rules
from cdk8s_eks_gpu.admission.schema.structure import type_name
from cdk8s_eks_gpu.admission.schema.violation import Violation
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.names import (
    dns_label_fault,
    label_value_fault,
    qualified_name_fault,
    subdomain_fault,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The fields of ObjectMeta; what a user writes there is a text, or a map of texts.
_TEXTS = ("name", "generateName", "namespace", "uid", "resourceVersion", "selfLink", "creationTimestamp")
_MAPS = ("labels", "annotations")
_OTHERS = (
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "ownerReferences",
)
_LARGEST_ANNOTATIONS = 256 * 1024


def broken_metadata(metadata: Any, name_fault: Callable[[str], str | None] = subdomain_fault) -> Iterator[Violation]:  # noqa: ANN401 -- whatever the manifest has there
    """Yield what is wrong with an object's metadata; `name_fault` says what a name of its kind may look like."""
    if metadata is None:
        yield Violation(rules.REQUIRED, ("metadata", "name"), "is missing", cure="Give the object a name.")
        return
    if not isinstance(metadata, dict):
        yield Violation(rules.TYPE, ("metadata",), f"must be an object, and is {type_name(metadata)}", metadata)
        return
    for field, value in metadata.items():
        if field not in (*_TEXTS, *_MAPS, *_OTHERS):
            message = f"is no field of metadata{did_you_mean(field, (*_TEXTS, *_MAPS, *_OTHERS))}"
            yield Violation(rules.UNKNOWN_FIELD, ("metadata", field), message, value)
        elif field in _TEXTS and not isinstance(value, str | None):
            cure = "Put the value in quotes: without them YAML reads no text here."
            message = f"must be a text, and is {type_name(value)}"
            yield Violation(rules.TYPE, ("metadata", field), message, value, cure)
        elif field in _MAPS and value is not None:
            yield from _broken_map(field, value)
    yield from _broken_name(metadata, name_fault)


def _broken_name(metadata: dict[str, Any], name_fault: Callable[[str], str | None]) -> Iterator[Violation]:
    name, generate = metadata.get("name"), metadata.get("generateName")
    if not name and not generate:
        if not isinstance(name, bool | int | float | list | dict):  # whose type is told already
            yield Violation(rules.REQUIRED, ("metadata", "name"), "is missing", cure="Give the object a name.")
    elif isinstance(name, str) and name and (fault := name_fault(name)):
        yield Violation(rules.METADATA, ("metadata", "name"), f"{name[:80]!r} {fault}", name)
    namespace = metadata.get("namespace")
    if isinstance(namespace, str) and namespace and (fault := dns_label_fault(namespace)):
        yield Violation(rules.METADATA, ("metadata", "namespace"), f"{namespace[:80]!r} {fault}", namespace)


def _broken_map(field: str, value: Any) -> Iterator[Violation]:  # noqa: ANN401
    path = ("metadata", field)
    if not isinstance(value, dict):
        yield Violation(rules.TYPE, path, f"must be an object, and is {type_name(value)}", value)
        return
    size = 0
    for key, item in value.items():
        # Annotation keys are compared in lower case, label keys as they are.
        if fault := qualified_name_fault(key.lower() if field == "annotations" else key):
            yield Violation(rules.METADATA, path, f"the key {key[:80]!r} {fault}", key)
        if not isinstance(item, str):
            cure = "Put the value in quotes: without them YAML reads no text here."
            message = f"must be a text, and is {type_name(item)}"
            yield Violation(rules.TYPE, (*path, key), message, item, cure)
            continue
        size += len(key) + len(item)
        if field == "labels" and (fault := label_value_fault(item)):
            yield Violation(rules.METADATA, path, f"the value {item[:80]!r} of {key} {fault}", item)
    if field == "annotations" and size > _LARGEST_ANNOTATIONS:
        message = f"take {size} bytes together; at most {_LARGEST_ANNOTATIONS} are allowed"
        yield Violation(rules.METADATA, path, message)
