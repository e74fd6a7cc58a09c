"""`eks-gpu schema`: the configuration's JSON Schema, for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import to_jsonable_python

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


def schema_text() -> str:
    """Return the JSON Schema of the configuration file as text."""
    json_schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ClusterConfig.model_json_schema(schema_generator=_FileSchema),
    }
    return json.dumps(json_schema, indent=2)


@click.command()
def schema() -> None:
    """Print the JSON Schema of the configuration file."""
    click.echo(schema_text())
