import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.render import Renderer
from cdk8s_eks_gpu.charts.sources import Sources
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions

CHART_DIR = os.environ.get("EKS_GPU_CHART_DIR")  # before a fixture takes it away, as any setting from outside
LEFT_OUT = pytest.StashKey[int]()
EVERYTHING = Path(__file__).parents[1] / "fixtures/charts/everything"


@pytest.fixture(scope="session")
def package(helm, tmp_path_factory):
    """Return the function that packages a copy of the fixture chart, changed by whoever asks."""

    def make(version="1.0.0", **files):
        folder = tmp_path_factory.mktemp("chart")
        source = shutil.copytree(EVERYTHING, folder / "everything")
        for name, text in files.items():
            (source / "templates" / f"{name}.yaml").write_text(text, encoding="utf-8")
        command = [helm, "package", str(source), "--version", version, "--destination", str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        return folder / f"everything-{version}.tgz"

    return make


@pytest.fixture(scope="session")
def archive(package):
    """Return the archive of the fixture chart."""
    return package()


@pytest.fixture(scope="session")
def chart_folder():
    """Return the folder of the plugins' real charts that EKS_GPU_CHART_DIR names."""
    return Path(CHART_DIR)


def pytest_collection_modifyitems(config, items):
    """Leave out what needs the archives of the real charts where there are none: recorded results stand in."""
    if CHART_DIR and Path(CHART_DIR).is_dir():
        return
    left_out = [item for item in items if item.get_closest_marker("charts")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = len(left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter, config):
    """Say at the end what was compared with a record and not with Helm itself, and why."""
    if LEFT_OUT in config.stash:
        terminalreporter.write_line(
            f"not compared with Helm itself: random options of the plugins ({config.stash[LEFT_OUT]} tests), since "
            "EKS_GPU_CHART_DIR names no folder of chart archives; the fixed combinations were, with what it rendered"
        )


@pytest.fixture
def here(tmp_path, monkeypatch, helm):
    """Run the test in an empty project, with a real Helm."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELM", helm)
    monkeypatch.delenv("EKS_GPU_CHARTS")
    return tmp_path


@pytest.fixture
def renderer(here):
    """Return a renderer into the project's store."""
    return Renderer(Helm(), here / "imports/cdk8s_eks_gpu_charts", Sources(), lambda _: None)


@pytest.fixture
def release(archive):
    """Return the function that makes a release of the fixture chart."""

    def make(**options):
        defaults = {
            "repository": str(archive),
            "chart": "everything",
            "version": "1.0.0",
            "release": "x",
            "namespace": "things",
            "kubernetes_version": "1.34",
        }
        return HelmReleaseOptions(**defaults | options)

    return make


@pytest.fixture
def serve():
    """Return the function that serves a folder on loopback and returns its URL."""
    servers = []

    def start(folder):
        handler = functools.partial(_Quiet, directory=str(folder))
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def registry(archive):
    """Serve an OCI registry on loopback that holds the fixture chart as `charts/everything`, and return its URL."""
    layer, config = archive.read_bytes(), b'{"name": "everything", "version": "1.0.0", "apiVersion": "v2"}'
    image = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _descriptor("application/vnd.cncf.helm.config.v1+json", config),
        "layers": [_descriptor("application/vnd.cncf.helm.chart.content.v1.tar+gzip", layer)],
    }
    manifest = json.dumps(image).encode()
    contents = {
        "/v2/charts/everything/manifests/1.0.0": (image["mediaType"], manifest),
        **{f"/v2/charts/everything/blobs/{_digest(blob)}": ("text/plain", blob) for blob in (layer, config)},
    }

    class Registry(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind, body = contents.get(self.path, ("text/plain", b""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Docker-Content-Digest", _digest(body))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 -- what http.server calls
        log_message = _Quiet.log_message

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"oci://127.0.0.1:{server.server_port}/charts"
    server.shutdown()
    server.server_close()


def _digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(kind, content):
    return {"mediaType": kind, "digest": _digest(content), "size": len(content)}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def repository(helm, archive, tmp_path_factory):
    """Return a folder that is a chart repository whose index names its archives by whole public URLs."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "stable").mkdir()
    shutil.copy(archive, folder / "stable")
    command = [helm, "repo", "index", str(folder), "--url", "https://charts.example.com"]
    subprocess.run(command, check=True, capture_output=True)
    return folder
