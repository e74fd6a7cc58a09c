"""A manifest's spec -> what the class of its kind takes, which cdk8s-cli imported from the CRD.

In Node.js, the class takes plain data whose fields have the names that cdk8s-cli gave them: `kmsKeyId` for `kmsKeyID`.
What it does not know it would drop without a word.
"""

from __future__ import annotations

import sys
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cdk8s


def to_imported(spec: dict[str, Any], imported: type[cdk8s.ApiObject]) -> dict[str, Any]:
    """Return the spec of a custom resource as its class takes it.

    Raises:
        TypeError: The class lacks a field of the spec.
    """
    struct: dict[str, Any] = _translate(spec, getattr(sys.modules[imported.__module__], f"{imported.__name__}Spec"))
    return struct


def _translate(value: Any, to: Any) -> Any:  # noqa: ANN401 -- any part of a manifest, and the class for it
    if isinstance(value, list):
        return [_translate(item, to) for item in value]
    if issubclass(to, Enum):
        return value
    if hasattr(to, "from_string"):  # an integer or a string; the CRDs have them in mappings only
        return {key: {"value": child} for key, child in value.items()}
    known, translated = _fields(to), {}
    for key, child in value.items():
        if key.lower() not in known:
            raise TypeError(f"{to.__name__} of cdk8s_eks_gpu_crds has no field {key}: run `make imports`")
        name, child_to = known[key.lower()]
        translated[name] = child if child_to is None else _translate(child, child_to)
    return translated


@cache
def _fields(struct: Any) -> dict[str, tuple[str, Any]]:  # noqa: ANN401 -- a generated class
    """Return the struct's fields by the CRD's names in lower case: name, and class of what is neither scalar nor map.

    cdk8s-cli names the class of a field after the field and the class around it: `NodePoolSpec` + `limits`.
    """
    module = sys.modules[struct.__module__]
    names = struct.__jsii_name_mapping__.values()
    return {
        name.lower(): (name, getattr(module, f"{struct.__name__}{name[0].upper()}{name[1:]}", None)) for name in names
    }
