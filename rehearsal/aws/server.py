"""The endpoint that the controller takes for AWS."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import botocore.session

from rehearsal.aws.ec2 import Ec2
from rehearsal.aws.iam import Iam
from rehearsal.aws.wire import RefusedError, read_query, write_answer, write_refusal
from rehearsal.processes import HOST
from rehearsal.versions import KUBERNETES, minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.aws.instance_types import Record

SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
CLUSTER = {
    "name": "rehearsal",
    "version": minor(KUBERNETES),
    "status": "ACTIVE",
    "endpoint": f"https://{HOST}",
    "certificateAuthority": {"data": "Y2E="},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.96.0.0/16", "ipFamily": "ipv4"},
}


class Aws(ThreadingHTTPServer):
    """AWS on a port of the loopback address.

    Attributes:
        ec2: Its EC2.
        gaps: Requests that it had no answer to; there should be none.
    """

    daemon_threads = True

    def __init__(self, offered: dict[str, Record]) -> None:
        """Listen on a free port."""
        super().__init__((HOST, 0), _Handler)
        self.ec2 = Ec2(offered)
        self.iam = Iam()
        self.gaps: list[str] = []
        session = botocore.session.get_session()
        self._models = {name: session.get_service_model(name) for name in ("ec2", "iam")}

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up: the controller does when it is stopped."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def query(self, service: str, body: str) -> str:
        """Return the answer of EC2 or IAM."""
        action, request = read_query(body)
        answer = self.ec2.answer(action, request) if service == "ec2" else self.iam.answer(action, request)
        return write_answer(service, self._models[service].operation_model(action), answer)

    def json(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of SSM or Pricing."""
        if operation == "GetParameter":
            image = self.ec2.image(request["Name"])["ImageId"]
            return {"Parameter": {"Name": request["Name"], "Type": "String", "Value": image}}
        if operation == "GetProducts":
            return {"FormatVersion": "aws_v1", "PriceList": [self._product(name) for name in self.ec2.types]}
        raise RefusedError("UnknownOperationException", operation)

    def _product(self, name: str) -> str:
        price = {"pricePerUnit": {"USD": str(self.ec2.prices[name])}}
        terms = {"OnDemand": {"term": {"priceDimensions": {"hour": price}}}}
        return json.dumps({"product": {"attributes": {"instanceType": name}}, "terms": terms})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Aws

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/clusters/"):
            self._answer(200, "application/json", json.dumps({"cluster": CLUSTER}))
        else:
            self._answer(404, "application/json", "{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        found = SERVICE.search(self.headers.get("Authorization", ""))
        service = found[1] if found else ""
        query = service in {"ec2", "iam"}
        content = "text/xml" if query else "application/x-amz-json-1.1"
        try:
            if query:
                self._answer(200, content, self.server.query(service, body))
            else:
                operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                self._answer(200, content, json.dumps(self.server.json(operation, json.loads(body or "{}"))))
        except RefusedError as refused:
            if refused.code in {"InvalidAction", "UnknownOperationException"}:
                self.server.gaps.append(f"{service}: {refused}")
            error = {"__type": refused.code, "message": str(refused)}
            self._answer(refused.status, content, write_refusal(service, refused) if query else json.dumps(error))
        except Exception:  # noqa: BLE001 - a gap of ours must reach the report, not only the controller's log
            self.server.gaps.append(f"{service}: {body[:200]}\n{traceback.format_exc()}")
            self._answer(400, content, write_refusal(service, RefusedError("InternalError", "gap")) if query else "{}")

    def _answer(self, status: int, content: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", "1")
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def serving(offered: dict[str, Record]) -> Iterator[Aws]:
    """Serve AWS for a while."""
    with Aws(offered) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
