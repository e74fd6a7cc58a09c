"""Where the facts of one instance type are from, and since when."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.instances.network_cards import cards_source, network_cards

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances.instance_type import InstanceType

_SOURCE = Path(__file__).parent / "source.json"


class Provenance(Struct, frozen=True):
    """Where some facts of an instance type are from.

    Attributes:
        facts: Which facts: `labels and resources`, for instance.
        document: The document; empty where nothing is known.
        since: The day of the document, or the version that has the facts first; empty where nothing is known.
    """

    facts: str
    document: str
    since: str


def provenance(instance_type: InstanceType) -> tuple[Provenance, ...]:
    """Return where each of the type's facts is from."""
    document, date = _document(instance_type.source)
    spot = (document, date) if instance_type.spot is not None else ("", "")
    if instance_type.interfaces:
        cards = document, date
    elif network_cards(instance_type.name):
        cards = cards_source()
    else:
        cards = "", ""
    limits = (
        ("Karpenter's limits of the VPC CNI", f"Karpenter {instance_type.since}") if instance_type.since else ("", "")
    )
    return (
        Provenance("labels and resources", document, date),
        Provenance("spot", *spot),
        Provenance("interfaces of network cards", *cards),
        Provenance("network bandwidth and pod-eni", *limits),
    )


def _document(source: str) -> tuple[str, str]:
    """Return the document that a type's `source` means, with its day."""
    documents = _documents()
    page = next((each for each in documents if f"/{source}/" in each["document"]), documents[0])
    return page["document"], page["date"]


@cache
def _documents() -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = json.loads(_SOURCE.read_text(encoding="utf-8"))["documents"]
    return documents
