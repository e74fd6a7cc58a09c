"""A cluster at one moment: its objects, its logs, and which kinds were looked at."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Document, KubernetesObject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

Kind = tuple[str, str]
"""The API group and the kind."""

NODE: Kind = ("", "Node")
POD: Kind = ("", "Pod")
EVENT: Kind = ("", "Event")
NODE_POOL: Kind = (vocabulary.KARPENTER_GROUP, "NodePool")
NODE_CLAIM: Kind = (vocabulary.KARPENTER_GROUP, "NodeClaim")
NODE_OVERLAY: Kind = (vocabulary.KARPENTER_GROUP, "NodeOverlay")
NODE_CLASS: Kind = (vocabulary.NODE_CLASS_GROUP, vocabulary.NODE_CLASS_KIND)
DAEMON_SET: Kind = ("apps", "DaemonSet")
DEPLOYMENT: Kind = ("apps", "Deployment")


class Log(Struct, frozen=True):
    """What a container, or a command in it, printed.

    Attributes:
        name: What it is called: the name of its file without `.log`, or NAMESPACE_POD_CONTAINER.
        text: The text.
    """

    name: str
    text: str


class Snapshot(Struct, frozen=True, dict=True):
    """What was seen of a cluster.

    Attributes:
        objects: The objects.
        complete: The kinds of which all objects that matter were asked for: what is not among them is not there.
        now: The time of the snapshot.
        logs: The logs.
        unserved: The kinds that the API server does not know.
        denied: What could not be read, with the reason, such as a missing permission.
        kubernetes: The API server's version, such as `v1.34.4`; empty where it is not known.
    """

    objects: tuple[KubernetesObject, ...]
    complete: frozenset[Kind]
    now: datetime
    logs: tuple[Log, ...] = ()
    unserved: frozenset[Kind] = frozenset()
    denied: Mapping[str, str] = field(default_factory=dict)
    kubernetes: str = ""

    @cached_property
    def _by_kind(self) -> Mapping[Kind, Sequence[KubernetesObject]]:
        by_kind: dict[Kind, list[KubernetesObject]] = defaultdict(list)
        for each in self.objects:
            by_kind[each.group, each.kind].append(each)
        return by_kind

    @cached_property
    def _by_name(self) -> Mapping[tuple[Kind, str], Sequence[KubernetesObject]]:
        by_name: dict[tuple[Kind, str], list[KubernetesObject]] = defaultdict(list)
        for each in self.objects:
            by_name[(each.group, each.kind), each.name].append(each)
        return by_name

    def of_kind(self, kind: Kind) -> Sequence[KubernetesObject]:
        """Return the objects of a kind."""
        return self._by_kind.get(kind, ())

    def find(self, kind: Kind, name: str, namespace: str = "") -> KubernetesObject | None:
        """Return the object of that name; of no named namespace, that in `default` before any other."""
        found = self._by_name.get((kind, name), ())
        if namespace:
            return next((each for each in found if each.namespace == namespace), None)
        return min(found, key=lambda each: (each.namespace not in {"", "default"}, each.namespace), default=None)

    def knows(self, kind: Kind) -> bool:
        """Return whether it was seen which objects of the kind there are."""
        return kind in self.complete or kind in self.unserved

    @cached_property
    def pods_by_node(self) -> Mapping[str, Sequence[KubernetesObject]]:
        """The pods that are bound, by the name of their node."""
        by_node: dict[str, list[KubernetesObject]] = defaultdict(list)
        for pod in self.of_kind(POD):
            node = pod.cursor["spec"]["nodeName"].text()
            if node:
                by_node[node].append(pod)
        return by_node

    @cached_property
    def pods_by_owner(self) -> Mapping[tuple[str, str, str], Sequence[KubernetesObject]]:
        """The pods by the kind, namespace and name of the object that owns them."""
        by_owner: dict[tuple[str, str, str], list[KubernetesObject]] = defaultdict(list)
        for pod in self.of_kind(POD):
            for owner in pod.cursor["metadata"]["ownerReferences"].objects():
                by_owner[owner["kind"].text(), pod.namespace, owner["name"].text()].append(pod)
        return by_owner


def objects_of_data(file: str, items: Sequence[dict[str, Any]]) -> tuple[KubernetesObject, ...]:
    """Return plain data, as the API server gives it, as objects."""
    return tuple(KubernetesObject(file, Document(item, 1, 1, ""), item) for item in items)


def parse_time(text: str) -> datetime | None:
    """Return a time as the API server writes it, with or without a fraction of a second; None where it is none."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
