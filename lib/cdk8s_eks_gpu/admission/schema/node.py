"""Structural schemas: the node of one, with what Kubernetes validates there, and the data files in the wheel."""

from __future__ import annotations

from importlib import resources
from typing import Any

from msgspec import Struct, field
from msgspec.json import decode

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


class Catalogue:
    """The schema nodes of one data file, by their places."""

    def __init__(self, file: str) -> None:
        """Read the file of `cdk8s_eks_gpu_schemas`; its schemas are made when they are asked for."""
        text = resources.files("cdk8s_eks_gpu_schemas").joinpath(file).read_bytes()
        facts = decode(text)
        self.releases: list[dict[str, Any]] = facts["releases"]
        self._nodes: list[dict[str, Any]] = facts["nodes"]
        self._rules = [CelRule(expression) for expression in facts.get("rules", ())]
        self._schemas: dict[int, SchemaNode] = {}

    def schema(self, place: int) -> SchemaNode:
        """Return the schema at the place."""
        if place not in self._schemas:
            self._schemas[place] = self._make(self._nodes[place])
        return self._schemas[place]

    def _make(self, facts: dict[str, Any]) -> SchemaNode:
        properties = {name: self.schema(child) for name, child in facts.get("properties", {}).items()}
        items = self.schema(facts["items"]) if "items" in facts else None
        additional = self.schema(facts["additionalProperties"]) if "additionalProperties" in facts else None
        children = [child for child in (*properties.values(), items, additional) if child is not None]
        return SchemaNode(
            type=facts.get("type", ""),
            properties=properties,
            additional=additional,
            items=items,
            required=tuple(facts.get("required", ())),
            enum=tuple(facts["enum"]) if "enum" in facts else None,
            default=facts.get("default"),
            pattern=facts.get("pattern"),
            format=facts.get("format"),
            minimum=facts.get("minimum"),
            maximum=facts.get("maximum"),
            min_length=facts.get("minLength"),
            max_length=facts.get("maxLength"),
            min_items=facts.get("minItems"),
            max_items=facts.get("maxItems"),
            max_properties=facts.get("maxProperties"),
            int_or_string=facts.get("x-kubernetes-int-or-string", False),
            quantity=facts.get("quantity", False),
            list_type=facts.get("x-kubernetes-list-type", "atomic"),
            map_keys=tuple(facts.get("x-kubernetes-list-map-keys", ())),
            rules=tuple(self._rules[rule] for rule in facts.get("x-kubernetes-validations", ())),
            has_rules="x-kubernetes-validations" in facts or any(child.has_rules for child in children),
            has_defaults="default" in facts or any(child.has_defaults for child in children),
        )
