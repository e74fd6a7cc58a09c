"""A snapshot of a live cluster, read with the official client (extra `live`). It lists, gets, and reads logs."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import LiveError
from cdk8s_eks_gpu.verify.access import ALWAYS_LISTED, JOB_LABELS, named
from cdk8s_eks_gpu.verify.snapshot import NODE_OVERLAY, Kind, Log, Snapshot, objects_of_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.verify.promise import Promise

_PAGE = 500
_TIMEOUT = (10, 60)
_LARGEST_LOG = 16 * 1024 * 1024
_GONE = {404, 410}
_DENIED = {401, 403}

_NO_ANSWER = (
    "Check that `kubectl get nodes` works with this context (--context, --kubeconfig); where no connection is allowed, "
    "collect dumps there (--dump-script) and read them here (--from DIR)."
)


_Read = tuple[str, str, str]
"""An `apiVersion`, a path, and a label that the objects there must have, or an empty text."""


class _DeniedError(Exception):
    """The API server refuses to answer; the message says why."""


class LiveCluster:
    """A cluster that a kubeconfig names, or the one in which this runs."""

    def __init__(self, context: str | None = None, kubeconfig: str | None = None) -> None:
        """Read the configuration; nothing is asked yet.

        Raises:
            LiveError: The client is not installed, or there is no such configuration.
        """
        try:
            client, config, dynamic = map(
                import_module, ("kubernetes.client", "kubernetes.config", "kubernetes.dynamic")
            )
        except ImportError:
            raise LiveError(
                "The official Kubernetes client is not installed: pip install 'cdk8s-eks-gpu[live]'. Without it, "
                "`eks-gpu verify --dump-script` collects with kubectl what `--from DIR` reads."
            ) from None
        try:
            api = config.new_client_from_config(config_file=kubeconfig, context=context)
        except config.ConfigException as error:
            if context or kubeconfig:
                raise LiveError(f"The kubeconfig cannot be used: {error}") from None
            try:
                config.load_incluster_config()
            except config.ConfigException:
                raise LiveError(f"There is no kubeconfig, and this runs in no cluster: {error}") from None
            api = client.ApiClient()
        folder = tempfile.mkdtemp(prefix="eks-gpu-")
        finalize(self, shutil.rmtree, folder, ignore_errors=True)
        try:
            self._client: Any = dynamic.DynamicClient(api, cache_file=str(Path(folder, "discovery.json")))
        except Exception as error:  # noqa: BLE001 -- the client raises those of urllib3, and its own without a base
            raise LiveError(f"The cluster does not answer: {_reason(error)}. {_NO_ANSWER}") from None

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
                    for item in self._items(path, selector)
                ]
            except _DeniedError as error:
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
            self._version(),
        )

    def _paths(self, promise: Promise) -> dict[Kind, list[_Read] | None]:
        """Return for each kind what to read; None for a kind that is not served."""
        paths: dict[Kind, list[_Read] | None] = {}
        for kind in ALWAYS_LISTED:
            version = "v1alpha1" if kind == NODE_OVERLAY else "v1"
            found = self._resource(f"{kind[0]}/{version}" if kind[0] else version, kind[1])
            paths[kind] = [(found.group_version, _path(found), "")] if found is not None else None
        for each in named(promise):
            found = self._resource(each.api_version, each.kind[1])
            if found is None:
                paths.setdefault(each.kind, None)
                continue
            listed = paths.get(each.kind) or []
            base = _path(found, each.namespace or ("default" if found.namespaced else ""))
            listed += [(each.api_version, f"{base}/{name}", "") for name in each.names]
            labelled = (each.api_version, _path(found), vocabulary.CLUSTER)
            listed += [labelled] if labelled not in listed else []
            paths[each.kind] = listed
        return paths

    def _resource(self, api_version: str, kind: str) -> Any:  # noqa: ANN401 -- the client has no types for it
        try:
            found = self._client.resources.search(api_version=api_version, kind=kind)
        except Exception as error:  # noqa: BLE001 -- the client raises those of urllib3, and its own without a base
            raise LiveError(f"The cluster does not answer: {_reason(error)}. {_NO_ANSWER}") from None
        # Beside each kind, the client lists one that stands for its List.
        return next((each for each in found if each.kind == kind and hasattr(each, "prefix")), None)

    def _items(self, path: str, selector: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, page by page, or the one object at the path, if there is one.

        Raises:
            _DeniedError: It may not be read.
        """
        token = ""
        while True:
            query = [("limit", _PAGE), *([("continue", token)] if token else [])]
            query += [("labelSelector", selector)] if selector else []
            answer = self._get(path, query)
            if answer is None:
                return
            data = json.loads(answer)
            if "items" not in data:
                yield data
                return
            yield from data["items"] or ()
            token = (data.get("metadata") or {}).get("continue") or ""
            if not token:
                return

    def _get(self, path: str, query: list[tuple[str, Any]]) -> bytes | None:
        """Return what the API server answers; None where there is nothing.

        Raises:
            _DeniedError: It may not be read.
            LiveError: The cluster does not answer.
        """
        try:
            answer = self._client.request(
                "get",
                path,
                query_params=query,
                serialize=False,
                _request_timeout=_TIMEOUT,
                header_params={"Accept": "*/*"},
            )
        except Exception as error:  # noqa: BLE001 -- the client raises those of urllib3, and its own without a base
            status = getattr(error, "status", None)
            if status in _GONE:
                return None
            if status in _DENIED:
                raise _DeniedError(f"permission denied ({_reason(error)})") from None
            raise LiveError(f"The cluster does not answer: {_reason(error)}. {_NO_ANSWER}") from None
        data = answer.data
        return data if isinstance(data, bytes) else str(data).encode()

    def _version(self) -> str:
        try:
            answer = self._get("/version", [])
        except _DeniedError:
            return ""
        return str(json.loads(answer).get("gitVersion") or "") if answer else ""

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
                    text = self._get(path, [("container", name), ("limitBytes", _LARGEST_LOG)])
                except (_DeniedError, LiveError):
                    continue  # a kubelet that does not answer is no reason to say nothing of the rest
                if text is not None:
                    yield Log(f"{pod.namespace}_{pod.name}_{name}", text.decode("utf-8", errors="replace"))


def _path(resource: Any, namespace: str = "") -> str:  # noqa: ANN401 -- the client has no types for it
    root = f"/{resource.prefix}/{resource.group_version}"
    return (
        f"{root}/namespaces/{namespace}/{resource.name}"
        if namespace and resource.namespaced
        else f"{root}/{resource.name}"
    )


def _reason(error: Exception) -> str:
    """Return what went wrong as one line, without the layers of the client."""
    body = getattr(error, "body", None)
    if body:
        try:
            return str(json.loads(body).get("message") or error)
        except (ValueError, AttributeError, TypeError):
            pass
    found = re.search(r"\(Caused by (.*)\)", str(error))
    return (found[1] if found else str(error)).splitlines()[0]
