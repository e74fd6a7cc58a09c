import functools
import http.server
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
    """Return the folder of the plugins' real charts that EKS_GPU_CHART_DIR names; skip the test where there is none."""
    if not CHART_DIR or not Path(CHART_DIR).is_dir():
        pytest.skip("no archives of the plugins' charts: name a folder of them in the variable EKS_GPU_CHART_DIR")
    return Path(CHART_DIR)


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
