"""A structural schema: one node of a CRD, with what Kubernetes validates there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from cdk8s_eks_gpu.admission.schema.cel import CelRule


class SchemaNode(Struct, frozen=True, eq=False):
    """One node of a CRD's schema, in the names of OpenAPI and of Kubernetes' extensions.

    Attributes:
        type: object, array, string, integer, number, boolean; empty for int-or-string, quantities and anything.
        properties: The fields of an object.
        additional: The schema of a map's values; None when the object is no map.
        items: The schema of a list's items.
        required: The fields that must be there.
        enum: The values that are allowed, if only some are.
        default: The value that an absent field takes; None for none (no CRD here has null as a default).
        int_or_string: Whether both an integer and a string may stand here.
        quantity: Whether a resource quantity stands here, such as `100m`.
        list_type: `set` or `map` when a list must not repeat its items or their keys.
        map_keys: The fields that tell the items of such a list apart.
        rules: The CEL rules of `x-kubernetes-validations`.
        has_defaults: Whether this node or one below it has a default: the others need no defaulting.
        has_rules: Whether this node or one below it has a CEL rule.
    """

    type: str = ""
    properties: dict[str, SchemaNode] = field(default_factory=dict)
    additional: SchemaNode | None = None
    items: SchemaNode | None = None
    required: tuple[str, ...] = ()
    enum: tuple[Any, ...] | None = None
    default: Any = None
    pattern: str | None = None
    format: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    max_properties: int | None = None
    int_or_string: bool = False
    quantity: bool = False
    list_type: str = "atomic"
    map_keys: tuple[str, ...] = ()
    rules: tuple[CelRule, ...] = ()
    has_defaults: bool = False
    has_rules: bool = False
