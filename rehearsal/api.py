"""A client of the API server: plain HTTP, so that what it answers is seen as it is."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

Manifest = dict[str, Any]
ATTEMPTS = 3
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True)
class Answer:
    """What the API server answered.

    Attributes:
        status: The HTTP status.
        body: The object, or the Status that says why not.
    """

    status: int
    body: Manifest

    @property
    def accepted(self) -> bool:
        """Whether the request was done."""
        return self.status in {http.client.OK, http.client.CREATED, http.client.ACCEPTED}

    @property
    def message(self) -> str:
        """Why not."""
        return str(self.body.get("message", ""))

    @property
    def fields(self) -> list[str]:
        """The fields that the refusal names, sorted."""
        causes = (self.body.get("details") or {}).get("causes") or []
        return sorted({cause["field"] for cause in causes if cause.get("field")})


class Api:
    """The API server that a kubeconfig names, as its user; each thread has a connection of its own."""

    def __init__(self, kubeconfig: Path) -> None:
        """Read the kubeconfig; nothing is asked yet."""
        self.kubeconfig = kubeconfig
        config = json.loads(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._address = urllib.parse.urlsplit(cluster["server"])
        self._tls = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self._tls.load_cert_chain(user["client-certificate"], user["client-key"])
        self._local = threading.local()
        self._plurals: dict[tuple[str, str], tuple[str, bool]] = {}

    def request(
        self, method: str, path: str, body: Manifest | None = None, content: str = "application/json"
    ) -> Answer:
        """Return the answer to a request; a connection that broke is opened again.

        Raises:
            OSError: The server is not there.
        """
        for attempt in range(ATTEMPTS):
            try:
                connection = getattr(self._local, "connection", None) or self._connect()
                connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": content})
                answer = connection.getresponse()
                text = answer.read()
            except (http.client.HTTPException, OSError):
                self._local.connection = None
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            try:
                return Answer(answer.status, json.loads(text))
            except ValueError:
                return Answer(answer.status, {"message": text.decode(errors="replace")})
        raise AssertionError

    def _connect(self) -> http.client.HTTPSConnection:
        host, port = self._address.hostname or "", self._address.port
        connection = http.client.HTTPSConnection(host, port, context=self._tls, timeout=60)
        self._local.connection = connection
        return connection

    def is_ready(self) -> bool:
        """Whether the server answers and says that it is ready."""
        try:
            return self.request("GET", "/readyz").accepted
        except (http.client.HTTPException, OSError):
            return False

    def path(self, manifest: Manifest, namespace: str = "default") -> str:
        """Return where objects of the manifest's kind are, in its namespace or the one given.

        Raises:
            KeyError: The server does not know the kind.
        """
        version, kind = manifest["apiVersion"], manifest["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, kind) not in self._plurals:
            for resource in self.request("GET", root).body.get("resources", []):
                if "/" not in resource["name"]:
                    self._plurals[version, resource["kind"]] = resource["name"], resource["namespaced"]
        plural, namespaced = self._plurals[version, kind]
        if not namespaced:
            return f"{root}/{plural}"
        return f"{root}/namespaces/{manifest.get('metadata', {}).get('namespace', namespace)}/{plural}"

    def create(self, manifest: Manifest, *, dry_run: bool = False, path: str | None = None) -> Answer:
        """Return the answer to a POST of the manifest, unknown and duplicate fields refused."""
        query = "fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
        return self.request("POST", f"{path or self.path(manifest)}?{query}", manifest)

    def items(self, path: str) -> list[Manifest]:
        """Return the objects of a list."""
        return list(self.request("GET", path).body.get("items") or [])

    def delete_all(self, path: str) -> None:
        """Delete the objects of a list at once; finalizers are not waited for."""
        for item in self.items(path):
            self.request("DELETE", f"{path}/{item['metadata']['name']}?gracePeriodSeconds=0")

    def install_crds(self, crds: Iterable[Manifest]) -> None:
        """Create CRDs, those of the same group that are there replaced, and wait until they are served."""
        wanted = {crd["metadata"]["name"]: crd for crd in crds}
        groups = {crd["spec"]["group"] for crd in wanted.values()}
        for crd in self.items(CRDS):
            if crd["spec"]["group"] in groups:
                self.request("DELETE", f"{CRDS}/{crd['metadata']['name']}")
        wait_for(lambda: not any(crd["spec"]["group"] in groups for crd in self.items(CRDS)))
        self._plurals.clear()
        for crd in wanted.values():
            answer = self.request("POST", CRDS, crd)
            if not answer.accepted:
                raise ValueError(answer.message)
        for crd in wanted.values():
            group, versions = crd["spec"]["group"], crd["spec"]["versions"]
            plural, version = crd["spec"]["names"]["plural"], versions[0]["name"]
            wait_for(lambda: self.request("GET", f"/apis/{group}/{version}/{plural}").accepted)  # noqa: B023


def wait_for(true: Callable[[], object], seconds: float = 60, every: float = 0.3) -> bool:
    """Return whether it became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(every)
    return False
