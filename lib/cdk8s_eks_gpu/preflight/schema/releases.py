"""The Karpenter releases whose CRDs the preflight knows, and the schema of each of their kinds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.errors import EksGpuError
from cdk8s_eks_gpu.preflight.schema.cel import CelRule
from cdk8s_eks_gpu.preflight.schema.node import SchemaNode

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?\Z")


class UnknownKarpenterVersionError(EksGpuError):
    """The Karpenter version is none whose CRDs are known here."""


@dataclass(frozen=True)
class CustomKind:
    """A kind that one of Karpenter's CRDs defines.

    Attributes:
        api_version: Its `apiVersion`.
        kind: Its `kind`.
        scope: `Cluster` or `Namespaced`.
        schema: What its objects may say.
    """

    api_version: str
    kind: str
    scope: str
    schema: SchemaNode


class Release:
    """One Karpenter release: its tag, and its kinds by `apiVersion` and `kind`."""

    def __init__(self, facts: dict[str, Any], catalogue: _Catalogue) -> None:
        """Take the release out of the stored facts; its schemas are made when they are asked for."""
        self._facts = facts
        self._catalogue = catalogue
        self.tag: str = facts["tag"]

    @property
    def minor(self) -> str:
        """Return the minor version: `1.14`."""
        return self.tag.removeprefix("v").rpartition(".")[0]

    @cached_property
    def kinds(self) -> Mapping[tuple[str, str], CustomKind]:
        """Return the kinds that this release knows."""
        return {
            (kind["apiVersion"], kind["kind"]): CustomKind(
                kind["apiVersion"], kind["kind"], kind["scope"], self._catalogue.schema(kind["schema"])
            )
            for kind in self._facts["kinds"]
        }


class _Catalogue:
    """All the releases; the schemas that they share are made once."""

    def __init__(self) -> None:
        text = resources.files("cdk8s_eks_gpu_schemas").joinpath("karpenter.json").read_text(encoding="utf-8")
        facts = json.loads(text)
        self._nodes: list[dict[str, Any]] = facts["nodes"]
        self._made: dict[int, SchemaNode] = {}
        self._rules = [CelRule(expression) for expression in facts["rules"]]
        self.releases = tuple(Release(release, self) for release in facts["releases"])

    def schema(self, place: int) -> SchemaNode:
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
            list_type=facts.get("x-kubernetes-list-type", "atomic"),
            map_keys=tuple(facts.get("x-kubernetes-list-map-keys", ())),
            rules=tuple(self._rules[rule] for rule in facts.get("x-kubernetes-validations", ())),
            has_rules="x-kubernetes-validations" in facts or any(child.has_rules for child in children),
            has_defaults="default" in facts or any(child.has_defaults for child in children),
        )


@lru_cache(maxsize=1)
def releases() -> tuple[Release, ...]:
    """Return the releases that are known, oldest first."""
    return _Catalogue().releases


def release(version: str) -> Release:
    """Return the release that a version means: `1.14`, `v1.14` or `1.14.1` all mean the newest known 1.14.

    Raises:
        UnknownKarpenterVersionError: It is no version, or none whose CRDs are known here.
    """
    match = _NUMBER.match(version)
    minor = f"{match[1]}.{match[2]}" if match else ""
    for known in releases():
        if known.minor == minor:
            return known
    oldest, newest = releases()[0].minor, releases()[-1].minor
    raise UnknownKarpenterVersionError(f"Karpenter {version!r} is not known here: {oldest} to {newest} are.")
