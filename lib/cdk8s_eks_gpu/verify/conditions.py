"""Conditions of an object's status, as Kubernetes and Karpenter write them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.verify.snapshot import parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cdk8s_eks_gpu.manifests import KubernetesObject

_LONGEST = 300


class Condition(Struct, frozen=True):
    """One condition.

    Attributes:
        type: Its type, such as `Ready`.
        status: True, False or Unknown.
        reason: Its reason.
        message: Its message, cut where it is long.
        since: When it became so; None where that is not said.
        generation: The generation of the object that it is about; None where that is not said.
    """

    type: str
    status: str
    reason: str
    message: str
    since: datetime | None
    generation: int | None

    @property
    def holds(self) -> bool:
        """Whether it is true."""
        return self.status == "True"

    def __str__(self) -> str:
        """Return it as one line."""
        reason = f" ({self.reason})" if self.reason not in {"", self.type} else ""
        return f"{self.type} {self.status}{reason}"


def conditions(manifest: KubernetesObject) -> Mapping[str, Condition]:
    """Return the conditions of an object by their type."""
    found = {}
    for each in manifest.cursor["status"]["conditions"].objects():
        kind = each["type"].text()
        found[kind] = Condition(
            kind,
            each["status"].text(),
            each["reason"].text(),
            short(each["message"].text()),
            parse_time(each["lastTransitionTime"].text()),
            each["observedGeneration"].integer(),
        )
    return found


def short(text: str) -> str:
    """Return what a controller says as one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def sentence(start: str, message: str) -> str:
    """Return a sentence with a controller's message behind a colon; it may be empty, or have its own full stop."""
    said = message.rstrip(". ")
    return f"{start}: {said}." if said else f"{start}."


def age(manifest: KubernetesObject, now: datetime) -> timedelta:
    """Return how old an object is; nothing where it does not say when it was made."""
    created = parse_time(manifest.cursor["metadata"]["creationTimestamp"].text())
    return now - created if created else timedelta(0)


def is_deleted(manifest: KubernetesObject) -> bool:
    """Return whether the object is on its way out."""
    return bool(manifest.cursor["metadata"]["deletionTimestamp"])
