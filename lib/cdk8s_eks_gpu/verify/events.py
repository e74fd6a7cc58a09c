"""Events: what controllers say of objects, in the forms of core/v1 and events.k8s.io/v1."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.verify.conditions import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cdk8s_eks_gpu.verify.snapshot import Snapshot

_KINDS = (("", "Event"), ("events.k8s.io", "Event"))

Address = tuple[str, str, str]
"""Kind, namespace and name."""


class Event(Struct, frozen=True):
    """One event.

    Attributes:
        about: The kind, namespace and name of the object.
        reason: Its reason.
        message: Its message, cut where it is long.
        by: Who says so, such as `karpenter`.
        is_warning: Whether it is a warning.
        time: When it was last seen, as it is written.
    """

    about: Address
    reason: str
    message: str
    by: str
    is_warning: bool
    time: str

    def __str__(self) -> str:
        """Return it as one line: who, the reason, the message."""
        return f"{self.by or 'event'} {self.reason}: {self.message}"


class Events:
    """The events of a snapshot, by the objects that they are about."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Read the events."""
        by_object: dict[Address, list[Event]] = defaultdict(list)
        for event in _read(snapshot):
            by_object[event.about].append(event)
        self._by_object: Mapping[Address, Sequence[Event]] = by_object

    def about(self, kind: str, name: str, namespace: str = "") -> list[Event]:
        """Return the events about an object, the newest first. Those of objects without a namespace lie in one."""
        found = self._by_object.get((kind, namespace, name), ())
        return sorted(found, key=lambda event: event.time, reverse=True)

    def warnings(self, kind: str, name: str, namespace: str = "") -> list[Event]:
        """Return the warnings about an object, each reason of each source once, the newest first."""
        newest: dict[tuple[str, str], Event] = {}
        for event in self.about(kind, name, namespace):
            if event.is_warning:
                newest.setdefault((event.by, event.reason), event)
        return list(newest.values())

    def of_kind(self, kind: str) -> Iterable[Event]:
        """Return all events about objects of a kind."""
        return (event for about, events in self._by_object.items() if about[0] == kind for event in events)


def _read(snapshot: Snapshot) -> Iterable[Event]:
    for kind in _KINDS:
        for item in snapshot.of_kind(kind):
            event = item.cursor
            about = event["involvedObject"] or event["regarding"]
            source = event["source"]["component"].text() or event["deprecatedSource"]["component"].text()
            series = event["series"]["lastObservedTime"].text()
            times = (series, event["lastTimestamp"].text(), event["deprecatedLastTimestamp"].text())
            later = (event["eventTime"].text(), event["metadata"]["creationTimestamp"].text())
            yield Event(
                about=(about["kind"].text(), about["namespace"].text(), about["name"].text()),
                reason=event["reason"].text(),
                message=short(event["message"].text() or event["note"].text()),
                by=event["reportingComponent"].text() or event["reportingController"].text() or source,
                is_warning=event["type"].text() == "Warning",
                time=next(filter(None, (*times, *later)), ""),
            )
