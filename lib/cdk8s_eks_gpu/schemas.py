"""OpenAPI schemas of CRDs."""

from __future__ import annotations

from typing import Any


def without_descriptions(schema: dict[str, Any], *, keep_messages: bool = True) -> dict[str, Any]:
    """Return the schema without its descriptions, but with properties that happen to be named `description`.

    With `keep_messages` False, the messages of its CEL rules go too.
    """
    bare = {key: value for key, value in schema.items() if key != "description"}
    if "properties" in bare:
        bare["properties"] = {
            name: without_descriptions(child, keep_messages=keep_messages) for name, child in bare["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if isinstance(bare.get(key), dict):
            bare[key] = without_descriptions(bare[key], keep_messages=keep_messages)
    for key in ("allOf", "anyOf", "oneOf"):
        if key in bare:
            bare[key] = [without_descriptions(child, keep_messages=keep_messages) for child in bare[key]]
    if "x-kubernetes-validations" in bare and not keep_messages:
        bare["x-kubernetes-validations"] = [
            {key: value for key, value in rule.items() if key != "message"} for rule in bare["x-kubernetes-validations"]
        ]
    return bare
