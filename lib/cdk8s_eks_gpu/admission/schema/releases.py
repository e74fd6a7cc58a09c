"""The Karpenter releases as an API server sees them: the schema of each of their kinds."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.admission.schema.node import Catalogue
from cdk8s_eks_gpu.releases import KarpenterRelease, karpenter_release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode


class CustomKind(Struct, frozen=True):
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
    """One Karpenter release: its kinds by `apiVersion` and `kind`, and what else is known of it, `facts`."""

    def __init__(self, stored: dict[str, Any], catalogue: Catalogue) -> None:
        """Take the release out of the stored schemas, which are made when they are asked for."""
        self._stored = stored
        self._catalogue = catalogue
        self.facts: KarpenterRelease = karpenter_release(stored["tag"])

    @property
    def minor(self) -> str:
        """Return the minor version: `1.14`."""
        return self.facts.minor

    @cached_property
    def kinds(self) -> Mapping[tuple[str, str], CustomKind]:
        """Return the kinds that this release knows."""
        return {
            (kind["apiVersion"], kind["kind"]): CustomKind(
                kind["apiVersion"], kind["kind"], self._catalogue.schema(kind["schema"])
            )
            for kind in self._stored["kinds"]
        }


@lru_cache(maxsize=1)
def releases() -> tuple[Release, ...]:
    """Return the releases that are known, oldest first."""
    catalogue = Catalogue("karpenter.json")
    return tuple(Release(stored, catalogue) for stored in catalogue.releases)


def release(version: str) -> Release:
    """Return the release that a version means: `1.14`, `v1.14` or `1.14.1` all mean the newest known 1.14.

    Raises:
        UnknownNameError: It is no version, or none whose CRDs are known here.
    """
    minor = karpenter_release(version).minor
    return next(known for known in releases() if known.minor == minor)
