"""A snapshot of a live cluster, read with the official client (extra `live`). It lists, gets, and reads logs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import LiveError
from cdk8s_eks_gpu.verify.access import ALWAYS_LISTED, JOB_LABELS, named
from cdk8s_eks_gpu.verify.api_server import ApiServer, DeniedError, path_of
from cdk8s_eks_gpu.verify.snapshot import NODE_OVERLAY, Kind, Log, Snapshot, objects_of_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.verify.promise import Promise

_LARGEST_LOG = 16 * 1024 * 1024


_Read = tuple[str, str, str]
"""An `apiVersion`, a path, and a label that the objects there must have, or an empty text."""


class LiveCluster:
    """A cluster that a kubeconfig names, or the one in which this runs."""

    def __init__(self, context: str | None = None, kubeconfig: str | None = None) -> None:
        """Read the configuration, and ask what the cluster serves.

        Raises:
            LiveError: The client is not installed, there is no such configuration, or the cluster does not answer.
        """
        self._server = ApiServer(context, kubeconfig)

    def snapshot(self, promise: Promise) -> Snapshot:
        """Return what there is of all that the promise speaks of.

        Raises:
            LiveError: The cluster does not answer.
        """
        items: list[dict[str, Any]] = []
        complete: set[Kind] = set()
        unserved: set[Kind] = set()
        denied: dict[str, str] = {}
        for kind, paths in self._paths(promise).items():
            if paths is None:
                unserved.add(kind)
                continue
            try:
                found = [
                    {**item, "kind": kind[1], "apiVersion": version}
                    for version, path, selector in paths
                    for item in self._server.items(path, selector)
                ]
            except DeniedError as error:
                denied[kind[1]] = str(error)
                continue
            items += found
            complete.add(kind)
        objects = objects_of_data("cluster", items)
        pods = [each for each in objects if each.kind == "Pod"]
        return Snapshot(
            objects,
            frozenset(complete),
            datetime.now(UTC),
            tuple(self._logs(promise, pods)),
            frozenset(unserved),
            denied,
            self._server.version(),
        )

    def _paths(self, promise: Promise) -> dict[Kind, list[_Read] | None]:
        """Return for each kind what to read; None for a kind that is not served."""
        paths: dict[Kind, list[_Read] | None] = {}
        for kind in ALWAYS_LISTED:
            version = "v1alpha1" if kind == NODE_OVERLAY else "v1"
            found = self._server.resource(f"{kind[0]}/{version}" if kind[0] else version, kind[1])
            paths[kind] = [(found.group_version, path_of(found), "")] if found is not None else None
        for each in named(promise):
            found = self._server.resource(each.api_version, each.kind[1])
            if found is None:
                paths.setdefault(each.kind, None)
                continue
            listed = paths.get(each.kind) or []
            base = path_of(found, each.namespace or ("default" if found.namespaced else ""))
            listed += [(each.api_version, f"{base}/{name}", "") for name in each.names]
            labelled = (each.api_version, path_of(found), vocabulary.CLUSTER)
            listed += [labelled] if labelled not in listed else []
            paths[each.kind] = listed
        return paths

    def _logs(self, promise: Promise, pods: list[KubernetesObject]) -> Iterator[Log]:
        """Yield the logs of the tests' pods, those of all containers that have begun."""
        wanted = {each.object.name for each in promise.tests}
        for pod in pods:
            labels = pod.cursor["metadata"]["labels"]
            if pod.name not in wanted and not any(labels[label].text() in wanted for label in JOB_LABELS.values()):
                continue
            for status in pod.cursor["status"]["containerStatuses"].objects():
                if not (status["state"]["running"] or status["state"]["terminated"]):
                    continue
                name = status["name"].text()
                path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/log"
                try:
                    text = self._server.get(path, [("container", name), ("limitBytes", _LARGEST_LOG)])
                except (DeniedError, LiveError):
                    continue  # a kubelet that does not answer is no reason to say nothing of the rest
                if text is not None:
                    yield Log(f"{pod.namespace}_{pod.name}_{name}", text.decode("utf-8", errors="replace"))
