"""The Karpenter releases whose CRDs the preflight knows, and the schema of each of their kinds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.admission.schema.catalogue import Catalogue
from cdk8s_eks_gpu.errors import UnknownKarpenterVersionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode

_NUMBER = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?\Z", re.ASCII)


def minor_of(version: str) -> str:
    """Return the minor version that a version means, `1.14` for `v1.14.1`; an empty text when it is no version."""
    match = _NUMBER.match(version)
    return f"{int(match[1])}.{int(match[2])}" if match else ""


@dataclass(frozen=True)
class CustomKind:
    """A kind that one of Karpenter's CRDs defines.

    Attributes:
        api_version: Its `apiVersion`.
        kind: Its `kind`.
        schema: What its objects may say.
    """

    api_version: str
    kind: str
    schema: SchemaNode


class Release:
    """One Karpenter release: its tag, and its kinds by `apiVersion` and `kind`."""

    def __init__(self, facts: dict[str, Any], catalogue: Catalogue) -> None:
        """Take the release out of the stored facts; its schemas are made when they are asked for."""
        self._facts = facts
        self._catalogue = catalogue
        self.tag: str = facts["tag"]

    @property
    def minor(self) -> str:
        """Return the minor version: `1.14`."""
        return minor_of(self.tag)

    @cached_property
    def kinds(self) -> Mapping[tuple[str, str], CustomKind]:
        """Return the kinds that this release knows."""
        return {
            (kind["apiVersion"], kind["kind"]): CustomKind(
                kind["apiVersion"], kind["kind"], self._catalogue.schema(kind["schema"])
            )
            for kind in self._facts["kinds"]
        }


@lru_cache(maxsize=1)
def releases() -> tuple[Release, ...]:
    """Return the releases that are known, oldest first."""
    catalogue = Catalogue("karpenter.json")
    return tuple(Release(facts, catalogue) for facts in catalogue.releases)


def release(version: str) -> Release:
    """Return the release that a version means: `1.14`, `v1.14` or `1.14.1` all mean the newest known 1.14.

    Raises:
        UnknownKarpenterVersionError: It is no version, or none whose CRDs are known here.
    """
    minor = minor_of(version)
    for known in releases():
        if known.minor == minor:
            return known
    oldest, newest = releases()[0].minor, releases()[-1].minor
    raise UnknownKarpenterVersionError(
        f"Karpenter {version!r} is not known here: {oldest} to {newest} are. Name the newest of them if yours is newer."
    )
