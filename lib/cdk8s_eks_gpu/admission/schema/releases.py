"""The releases of Karpenter and Kubernetes as an API server sees them: the schema of each of their kinds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from cdk8s_eks_gpu.admission.schema.node import Catalogue, SchemaNode
from cdk8s_eks_gpu.releases import karpenter_release, minor_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

Product = Literal["Karpenter", "Kubernetes"]

Kind = tuple[str, str]
"""The `apiVersion` and the `kind` of objects."""


class Release:
    """One minor release of Karpenter or Kubernetes, and the kinds that an API server has with it.

    Attributes:
        product: Karpenter or Kubernetes.
        minor: The minor version: `1.14`.
        kinds: The kinds that it knows.
    """

    def __init__(self, product: Product, stored: dict[str, Any], catalogue: Catalogue) -> None:
        """Take the release out of the stored schemas, which are made when they are asked for."""
        self.product = product
        self.minor = minor_of(stored["tag"])
        self._places: dict[Kind, int] = {(each["apiVersion"], each["kind"]): each["schema"] for each in stored["kinds"]}
        self._catalogue = catalogue
        self.kinds: AbstractSet[Kind] = self._places.keys()

    def schema(self, kind: Kind) -> SchemaNode | None:
        """Return what objects of the kind may say; None for a kind that the release does not know."""
        place = self._places.get(kind)
        return None if place is None else self._catalogue.schema(place)


@lru_cache(maxsize=2)
def releases(product: Product) -> tuple[Release, ...]:
    """Return the releases that are known, oldest first."""
    catalogue = Catalogue(f"{product.lower()}.json")
    return tuple(Release(product, stored, catalogue) for stored in catalogue.releases)


def release(version: str) -> Release:
    """Return the release of Karpenter that a version means: `1.14`, `v1.14` or `1.14.1` mean the newest known 1.14.

    Raises:
        UnknownNameError: It is no version, or none whose CRDs are known here.
    """
    minor = karpenter_release(version).minor
    return next(known for known in releases("Karpenter") if known.minor == minor)
