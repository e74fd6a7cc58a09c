"""`eks-gpu schema`: the configuration's JSON Schema, for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import to_jsonable_python

from cdk8s_eks_gpu.cli.options import output_option
from cdk8s_eks_gpu.config.cluster import ClusterConfig

if TYPE_CHECKING:
    from pydantic_core import core_schema


class _FileSchema(GenerateJsonSchema):
    """The schema of the file, where an option that has no value is left out, not null as in Python."""

    def encode_default(self, dft: object) -> object:
        return to_jsonable_python(dft, by_alias=True, exclude_none=True)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        with_default = super().default_schema(schema)
        if "default" in with_default and with_default["default"] is None:
            del with_default["default"]
        return with_default


class _PartSchema(_FileSchema):
    """The schema of a file that is not whole: a base, or what is said on top of one."""

    def field_is_required(self, *_: object, **__: object) -> bool:
        return False


def schema_text(*, part: bool = False) -> str:
    """Return the JSON Schema of the configuration file as text; or that of a base and of a file that extends one."""
    generator = _PartSchema if part else _FileSchema
    json_schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ClusterConfig.model_json_schema(schema_generator=generator),
    }
    return json.dumps(_with_null(json_schema) if part else json_schema, indent=2)


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with null for every key: it removes what the extended file says."""
    models = {name: _with_null(model) for name, model in schema.get("$defs", {}).items()}
    properties = {name: _or_null(each) for name, each in schema.get("properties", {}).items()}
    changed = {"$defs": models} if models else {}
    return schema | changed | ({"properties": properties} if properties else {})


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    about = {"title", "description", "default"}
    value = {key: part for key, part in schema.items() if key not in about}
    if isinstance(value.get("additionalProperties"), dict):
        value["additionalProperties"] = _or_null(value["additionalProperties"])
    if "patternProperties" in value:
        value["patternProperties"] = {key: _or_null(each) for key, each in value["patternProperties"].items()}
    return {key: part for key, part in schema.items() if key in about} | {"anyOf": [value, {"type": "null"}]}


@click.command()
@click.option("--part", is_flag=True, help="Of a base, or of a file that extends one: nothing in it is required.")
@output_option
def schema(*, part: bool) -> None:
    """Print the JSON Schema of the configuration file.

    Exit code 0: it is printed. 2: the file of -o cannot be written.
    """
    click.echo(schema_text(part=part))
