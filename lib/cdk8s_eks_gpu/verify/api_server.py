"""The API server of a live cluster, asked with the official client (extra `live`), which only gets and lists."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

from cdk8s_eks_gpu.errors import LiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE = 500
_TIMEOUT = (10, 60)
_GONE = {404, 410}
_DENIED = {401, 403}


class DeniedError(Exception):
    """The API server refuses to answer; the message says why."""


class ApiServer:
    """That of a cluster that a kubeconfig names, or of the one in which this runs."""

    def __init__(self, context: str | None = None, kubeconfig: str | None = None) -> None:
        """Read the configuration, and ask what the cluster serves.

        Raises:
            LiveError: The client is not installed, there is no such configuration, or the cluster does not answer.
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
            raise _no_answer(error) from None

    def resource(self, api_version: str, kind: str) -> Any:  # noqa: ANN401 -- the client has no types for it
        """Return the client's description of a kind, or None where the cluster does not serve it.

        Raises:
            LiveError: The cluster does not answer.
        """
        try:
            found = self._client.resources.search(api_version=api_version, kind=kind)
        except Exception as error:  # noqa: BLE001 -- the client raises those of urllib3, and its own without a base
            raise _no_answer(error) from None
        # Beside each kind, the client lists one that stands for its List.
        return next((each for each in found if each.kind == kind and hasattr(each, "prefix")), None)

    def items(self, path: str, selector: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, page by page, or the one object at the path, if there is one.

        Raises:
            DeniedError: It may not be read.
        """
        token = ""
        while True:
            query = [("limit", _PAGE), *([("continue", token)] if token else [])]
            query += [("labelSelector", selector)] if selector else []
            answer = self.get(path, query)
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

    def get(self, path: str, query: list[tuple[str, Any]]) -> bytes | None:
        """Return what the API server answers; None where there is nothing.

        Raises:
            DeniedError: It may not be read.
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
                raise DeniedError(f"permission denied ({_reason(error)})") from None
            raise _no_answer(error) from None
        data = answer.data
        return data if isinstance(data, bytes) else str(data).encode()

    def version(self) -> str:
        """Return the version of Kubernetes, or an empty text where it may not be read."""
        try:
            answer = self.get("/version", [])
        except DeniedError:
            return ""
        return str(json.loads(answer).get("gitVersion") or "") if answer else ""


def path_of(resource: Any, namespace: str = "") -> str:  # noqa: ANN401 -- the client has no types for it
    """Return the path of a kind's objects: of all, or of those in the namespace."""
    root = f"/{resource.prefix}/{resource.group_version}"
    return (
        f"{root}/namespaces/{namespace}/{resource.name}"
        if namespace and resource.namespaced
        else f"{root}/{resource.name}"
    )


def _no_answer(error: Exception) -> LiveError:
    return LiveError(
        f"The cluster does not answer: {_reason(error)}. Check that `kubectl get nodes` works with this context "
        "(--context, --kubeconfig); where no connection is allowed, collect dumps there (--dump-script) and read them "
        "here (--from DIR)."
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
