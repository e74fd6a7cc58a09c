"""An API server that answers from dumps: discovery, lists in pages, objects by name, logs, and refusals."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CLUSTER_SCOPED = {
    *("Node", "NodePool", "NodeClaim", "EC2NodeClass", "NodeOverlay", "Namespace", "ClusterRole", "ClusterRoleBinding"),
    "CustomResourceDefinition",
}
PAGE = 3
NOT_FOUND = 404, {"kind": "Status", "code": 404, "message": "not found"}


def plural(kind):
    """Return the plural of a kind of the dumps."""
    return "ec2nodeclasses" if kind == "EC2NodeClass" else f"{kind.lower()}s"


class Answers:
    """What the server answers."""

    def __init__(self, dump, denied, unserved):
        """Take the objects of a dump, the kinds that may not be read, and those that are not known."""
        self.logs, self.denied = dump.logs, denied
        self.objects = [
            item for name, data in dump.files.items() for item in data.get("items", [data]) if name != "version.json"
        ]
        kinds = {(each["apiVersion"], each["kind"]) for each in self.objects}
        kinds |= {("batch/v1", "Job"), ("karpenter.sh/v1alpha1", "NodeOverlay")}
        self.served = {kind for kind in kinds if kind[1] not in unserved}

    def to(self, path, query):
        """Return the status and the answer to a GET."""
        words = path.strip("/").split("/")
        if words == ["version"]:
            return 200, {"major": "1", "minor": "34", "gitVersion": "v1.34.4"}
        if words == ["api"]:
            return 200, {"versions": ["v1"]}
        if words == ["apis"]:
            names = sorted({version.partition("/")[0] for version, _ in self.served if "/" in version})
            return 200, {"kind": "APIGroupList", "groups": [self._group(name) for name in names]}
        size = 2 if words[0] == "api" else 3
        version, rest = "/".join(words[1:size]), words[size:]
        return self._objects(version, rest, query) if rest else self._resources(version)

    def _group(self, name):
        versions = sorted({version for version, _ in self.served if version.startswith(f"{name}/")})
        entries = [{"groupVersion": version, "version": version.partition("/")[2]} for version in versions]
        return {"name": name, "versions": entries, "preferredVersion": entries[0]}

    def _resources(self, version):
        kinds = sorted(kind for own, kind in self.served if own == version)
        common = {"singularName": "", "verbs": ["get", "list"]}
        names = [
            {"name": plural(kind), "kind": kind, "namespaced": kind not in CLUSTER_SCOPED, **common} for kind in kinds
        ]
        return 200, {"kind": "APIResourceList", "groupVersion": version, "resources": names}

    def _objects(self, version, rest, query):
        namespace = rest[1] if rest[0] == "namespaces" and len(rest) > 2 else ""
        rest = rest[2:] if namespace else rest
        kind = next(kind for own, kind in self.served if own == version and plural(kind) == rest[0])
        if kind in self.denied:
            return 403, {"kind": "Status", "code": 403, "message": f"{rest[0]} is forbidden"}
        if rest[2:] == ["log"]:
            return (200, self.logs[rest[1]].encode()) if rest[1] in self.logs else NOT_FOUND
        own = [each for each in self.objects if (each["apiVersion"], each["kind"]) == (version, kind)]
        if len(rest) > 1:
            address = namespace, rest[1]
            own = [each for each in own if (each["metadata"].get("namespace", ""), each["metadata"]["name"]) == address]
            return (200, own[0]) if own else NOT_FOUND
        return self._list(kind, own, query)

    @staticmethod
    def _list(kind, own, query):
        selector = query.get("labelSelector", [""])[0]
        own = [each for each in own if not selector or selector in each["metadata"].get("labels", {})]
        start = int(query.get("continue", ["0"])[0])
        end = start + min(PAGE, int(query["limit"][0]))
        bare = [{key: value for key, value in each.items() if key not in {"kind", "apiVersion"}} for each in own]
        more = str(end) if end < len(own) else ""
        return 200, {"kind": f"{kind}List", "metadata": {"continue": more}, "items": bare[start:end]}


@contextmanager
def serving(dump, folder, *, denied=(), unserved=()):
    """Give the kubeconfig of a server that has what a dump has; some kinds may not be read, or are not known."""
    answers = Answers(dump, denied, unserved)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            status, answer = answers.to(url.path, parse_qs(url.query))
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "played",
        "clusters": [{"name": "played", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "played", "user": {"token": "none"}}],
        "contexts": [{"name": "played", "context": {"cluster": "played", "user": "played"}}],
    }
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps(config))
    try:
        yield kubeconfig
    finally:
        server.shutdown()
        server.server_close()
        server.server_close()
        thread.join()
