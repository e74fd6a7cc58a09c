"""Each way in which a chart can fail, brought about for real: one clear message, and the store stays as it was."""

import io
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time

import pytest

from cdk8s_eks_gpu.charts import helm as helm_module
from cdk8s_eks_gpu.charts import sources as sources_module
from cdk8s_eks_gpu.charts.check import check
from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.render import Renderer
from cdk8s_eks_gpu.charts.sources import Sources, parse_mirrors
from cdk8s_eks_gpu.errors import ChartError


@pytest.fixture
def unchanged(renderer, release):
    """Check, when the test is over, that the store holds what it held before."""
    renderer.render(release())
    before = {path.name: path.read_bytes() for path in renderer.target.iterdir()}
    yield
    assert {path.name: path.read_bytes() for path in renderer.target.iterdir()} == before


def stub(folder, script):
    """Write a program that stands for Helm where a real one cannot be made to fail like this."""
    program = folder / "stub-helm"
    program.write_text(f"#!/bin/sh\nif [ $1 = version ]; then echo v4.0.0; exit; fi\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def test_no_helm(monkeypatch):
    """Without Helm, the message says what to install."""
    monkeypatch.setenv("HELM", "no-such-helm")
    with pytest.raises(ChartError, match="Helm is not installed: install Helm 4"):
        Helm()


def test_an_old_helm(here, monkeypatch):
    """Helm 3 renders other bytes: it is refused with both versions."""
    program = here / "old-helm"
    program.write_text("#!/bin/sh\necho v3.19.0\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("HELM", str(program))
    with pytest.raises(ChartError, match=r"is Helm v3\.19\.0: Helm 4 or newer is needed"):
        Helm()


@pytest.mark.usefixtures("unchanged")
def test_values_that_the_charts_schema_refuses(renderer, release):
    """Helm's own words on the values are shown."""
    with pytest.raises(ChartError, match=r"(?s)failed: .*replicas.*"):
        renderer.render(release(values=[{"replicas": 0}]))


@pytest.mark.usefixtures("unchanged")
def test_a_template_that_fails(renderer, release):
    """What a chart's author says to its users reaches them."""
    with pytest.raises(ChartError, match="please set the region"):
        renderer.render(release(values=[{"fail": "please set the region"}]))


@pytest.mark.usefixtures("unchanged")
def test_a_template_that_is_no_yaml(renderer, release, package):
    """A chart that renders to something else than YAML is refused."""
    broken = package("1.0.1", broken="a: [\n")
    with pytest.raises(ChartError, match=r"failed: .*broken\.yaml"):
        renderer.render(release(repository=str(broken), version="1.0.1"))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'a: ['", "renders to is not YAML"),
        ("echo 'just words'", "is no Kubernetes object: just words"),
        ("echo 'kind: Service'", "is no Kubernetes object"),
        ("echo 'Error: boom' >&2; exit 1", "failed: boom"),
        ("printf '\\377\\376'", "is no Kubernetes object|is not YAML"),
    ],
)
def test_output_that_is_no_kubernetes(renderer, release, here, monkeypatch, script, words):
    """Whatever Helm prints is looked at before it is stored."""
    monkeypatch.setenv("HELM", stub(here, script))
    with pytest.raises(ChartError, match=words):
        Renderer(Helm(), renderer.target, Sources(), lambda _: None).render(release(release="other"))


@pytest.mark.usefixtures("unchanged")
def test_a_helm_that_never_answers(renderer, release, here, monkeypatch):
    """A Helm that hangs is ended, and the message says how long it was waited for."""
    monkeypatch.setenv("HELM", stub(here, "exec sleep 60"))
    monkeypatch.setattr(helm_module, "TIMEOUT", 0.5)
    with pytest.raises(ChartError, match=r"gave no answer for 0\.5 s"):
        Renderer(Helm(), renderer.target, Sources(), lambda _: None).render(release(release="other"))


@pytest.mark.usefixtures("unchanged")
def test_an_archive_that_was_changed(renderer, release, package):
    """An archive of the same name and version with other bytes is refused, with both digests."""
    changed = package(extra="apiVersion: v1\nkind: Service\nmetadata: {name: extra}\n")
    with pytest.raises(ChartError, match=r"is not the archive that is pinned: its sha256 is [0-9a-f]{64}, pinned is"):
        Renderer(Helm(), renderer.target, Sources(chart_dir=changed.parent), lambda _: None).render(release())


@pytest.mark.usefixtures("unchanged")
def test_an_archive_that_is_cut_off(renderer, release, archive, here):
    """A download that broke off is no chart."""
    (here / "everything-2.0.0.tgz").write_bytes(archive.read_bytes()[:200])
    with pytest.raises(ChartError, match=r"everything-2\.0\.0\.tgz is not a chart archive, or is damaged: .*Fetch"):
        renderer.render(release(repository=str(here), version="2.0.0"))


@pytest.mark.usefixtures("unchanged")
def test_an_archive_that_writes_outside_its_folder(renderer, release, here):
    """A chart whose archive climbs out of its folder is refused, and writes nothing there."""
    with tarfile.open(here / "everything-2.0.0.tgz", "w:gz") as archive:
        for name, text in {
            "everything/Chart.yaml": "apiVersion: v2\nname: everything\nversion: 2.0.0\n",
            "everything/../../escaped.yaml": "a: 1\n",
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    with pytest.raises(ChartError, match=r"writes outside its folder \(everything/\.\./\.\./escaped\.yaml\)"):
        renderer.render(release(repository=str(here), version="2.0.0"))
    assert not list(here.parent.rglob("escaped.yaml"))


@pytest.mark.usefixtures("unchanged")
def test_no_server_answers(renderer, release):
    """A repository that is not there is told with the ways to do without."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ChartError, match=r"cannot be reached: .*use --chart-dir or --mirror"):
        renderer.render(release(repository=url, version="2.0.0"))


@pytest.mark.usefixtures("unchanged")
def test_a_server_that_is_silent(renderer, release, monkeypatch):
    """A server that takes the request and says nothing is given up."""
    monkeypatch.setattr(sources_module, "TIMEOUT", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(ChartError, match=r"cannot be reached: .*timed out"):
            renderer.render(release(repository=f"http://127.0.0.1:{silent.getsockname()[1]}", version="2.0.0"))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chart": "everythin"}, "has no chart 'everythin'; did you mean 'everything'"),
        ({"version": "1.0.1"}, r"has no everything '1\.0\.1'; did you mean '1\.0\.0'\? \(newest: 1\.0\.0\)"),
    ],
)
def test_a_chart_that_the_repository_does_not_have(renderer, release, repository, serve, options, words):
    """A misspelt chart or version is told with what there is."""
    with pytest.raises(ChartError, match=words):
        renderer.render(release(repository=serve(repository), **options))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("text", ["", "[]", "a: 1", "<html></html>", "entries: 3"])
def test_an_index_that_is_none(renderer, release, serve, here, text):
    """A web page where the index should be is told as such."""
    (here / "web").mkdir()
    (here / "web" / "index.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ChartError, match=r"index\.yaml is not the index of a chart repository"):
        renderer.render(release(repository=serve(here / "web"), version="2.0.0"))


@pytest.mark.usefixtures("unchanged")
def test_a_repository_without_index(renderer, release, serve, here):
    """A server that answers with 404 is told with the URL that was asked for."""
    with pytest.raises(ChartError, match=r"/index\.yaml answers 404 .*is the repository right\?"):
        renderer.render(release(repository=serve(here), version="2.0.0"))


@pytest.mark.usefixtures("unchanged")
def test_an_archive_that_is_not_the_one_of_the_index(renderer, release, repository, serve):
    """The digest that the index gives is held against the archive, also of a chart that is not pinned yet."""
    archive = repository / "stable" / "everything-1.0.0.tgz"
    archive.write_bytes(archive.read_bytes() + b"x")
    url = serve(repository)
    sources = Sources(mirrors={"https://charts.example.com": url})
    into = Renderer(Helm(), renderer.target / "new", sources, lambda _: None)
    with pytest.raises(ChartError, match=r"says .*: do not trust it"):
        into.render(release(repository="https://charts.example.com"))


def test_a_mirror_that_is_none():
    """A mirror is two URLs."""
    with pytest.raises(ChartError, match="mirror 'https://x' is not of the form URL=URL"):
        parse_mirrors(["https://x"])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot kill a process like this")
def test_a_kill_in_the_middle(renderer, release, archive):
    """Whenever a rendering is killed, each file of the store is whole, and the next run goes through."""
    renderer.render(release())
    for share in (0.1, 0.4, 0.7, 0.9, 1.0):
        code = f"""
from cdk8s_eks_gpu.charts.on_demand import load_or_render
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions
load_or_render(HelmReleaseOptions(repository={str(archive)!r}, chart="everything", version="1.0.0",
    release="k{int(share * 10)}", namespace="things", kubernetes_version="1.34"))
"""
        process = subprocess.Popen([sys.executable, "-c", code], env=os.environ, stderr=subprocess.DEVNULL)
        time.sleep(0.6 * share)
        process.kill()
        process.wait()
    assert list(check(renderer)) == []
