"""Schemas out of the data that ships in the wheel; those that several versions share are made once."""

from __future__ import annotations

from importlib import resources
from typing import Any

from msgspec.json import decode

from cdk8s_eks_gpu.admission.schema.cel import CelRule
from cdk8s_eks_gpu.admission.schema.node import SchemaNode


class Catalogue:
    """The schema nodes of one data file, by their places."""

    def __init__(self, file: str) -> None:
        """Read the file of `cdk8s_eks_gpu_schemas`; its schemas are made when they are asked for."""
        text = resources.files("cdk8s_eks_gpu_schemas").joinpath(file).read_bytes()
        facts = decode(text)
        self.releases: list[dict[str, Any]] = facts["releases"]
        self._nodes: list[dict[str, Any]] = facts["nodes"]
        self._rules = [CelRule(expression) for expression in facts.get("rules", ())]
        self._made: dict[int, SchemaNode] = {}

    def schema(self, place: int) -> SchemaNode:
        """Return the schema at the place."""
        if place not in self._made:
            self._made[place] = self._make(self._nodes[place])
        return self._made[place]

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
