"""`eks-gpu report` as a user runs it, and its page in a browser."""

import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main

ROOT = Path(__file__).parents[2]


def run(*arguments):
    """Run `eks-gpu report`."""
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def git(*arguments):
    """Run git in the working directory."""
    subprocess.run([shutil.which("git"), *arguments], check=True)


def test_it_writes_a_page_about_the_configuration(project, monkeypatch):
    """Without a target the page is about cluster.yaml, in report.html."""
    monkeypatch.chdir(project)
    done = run()
    assert done.exit_code == 0, done.output
    assert done.stderr == "report.html is written\n"
    html = Path("report.html").read_text(encoding="utf-8")
    assert "<h1>training-on-eks</h1>" in html
    assert "Karpenter 1.14.1 and Kubernetes 1.34 (cluster.yaml)" in html


def test_a_page_is_about_one_cluster(project, monkeypatch):
    """In a folder with several clusters, the message names them."""
    monkeypatch.chdir(project)
    text = Path("cluster.yaml").read_text(encoding="utf-8")
    Path("cluster.yaml").unlink()
    Path("clusters").mkdir()
    for name in ("a", "b"):
        Path(f"clusters/{name}.yaml").write_text(text.replace("training-on-eks", name), encoding="utf-8")
    done = run()
    assert done.exit_code == 2
    assert "these are 2 clusters (a, b), and a page is about one" in done.stderr
    assert run("clusters/b.yaml").exit_code == 0


def test_it_prints_to_standard_output(project, monkeypatch):
    """`-o -` writes no file."""
    monkeypatch.chdir(project)
    done = run("dist", "-o", "-")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("<!doctype html>")
    assert not Path("report.html").exists()


def test_it_says_what_has_changed_since_a_revision(project, monkeypatch):
    """`--diff HEAD` compares with what is committed, without touching the working tree."""
    monkeypatch.chdir(project)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        git(*command)
    text = Path("cluster.yaml").read_text(encoding="utf-8").replace("[g, p]", "[p]")
    Path("cluster.yaml").write_text(text, encoding="utf-8")
    done = run("--diff", "HEAD", "-o", "-")
    assert done.exit_code == 0, done.output
    assert "Changes since HEAD" in done.stdout
    assert "drops g4ad." in done.stdout
    assert Path("cluster.yaml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("other", ["nowhere.yaml", "--help", "no-such-revision"])
def test_what_is_neither_a_path_nor_a_revision_is_an_error(project, monkeypatch, other):
    """The message says both, and nothing is written."""
    monkeypatch.chdir(project)
    git("init", "-q")
    done = run(f"--diff={other}")
    assert done.exit_code == 2
    assert "there is no such file or folder" in done.stderr
    assert not Path("report.html").exists()


def test_a_page_that_cannot_be_written_is_an_error(project, monkeypatch):
    """The message names the file and the reason."""
    monkeypatch.chdir(project)
    done = run("-o", "no/such/folder.html")
    assert done.exit_code == 2
    assert "no/such/folder.html cannot be written: No such file or directory" in done.stderr


@pytest.fixture(scope="module")
def chromium():
    """Return a headless Chromium, or skip the test where there is none."""
    command = shutil.which("chromium") or shutil.which("chromium-browser")
    if command is None:
        pytest.skip("no Chromium: install Debian's package chromium")

    def start(*arguments):
        base = [command, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *map(str, arguments)]
        return subprocess.run(base, capture_output=True, text=True, check=True, timeout=180)

    return start


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return the page about the repository's dist/."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    assert run(ROOT / "dist", "-o", file).exit_code == 0
    return file


def test_a_browser_shows_the_page(chromium, page):
    """A real browser lays the page out: in the document that it holds, all parts are there, and it reports no error."""
    done = chromium("--enable-logging=stderr", "--v=0", "--dump-dom", page.as_uri())
    assert all(f'id="{part}"' in done.stdout for part in ("findings", "pools", "placement", "efa"))
    assert "CONSOLE" not in done.stderr


@pytest.mark.parametrize("theme", [[], ["--blink-settings=preferredColorScheme=0"]])
def test_it_can_be_looked_at_by_day_and_night(chromium, page, tmp_path, theme):
    """The corner of the picture is light, or dark where the browser prefers dark."""
    chromium(*theme, "--window-size=800,600", f"--screenshot={tmp_path / 'page.png'}", page.as_uri())
    assert (tmp_path / "page.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert _first_pixel(tmp_path / "page.png") == ((17, 20, 23) if theme else (251, 251, 250))


def test_it_can_be_printed(chromium, page, tmp_path):
    """A browser makes a PDF of it, with what is folded on the screen."""
    chromium(f"--print-to-pdf={tmp_path / 'page.pdf'}", page.as_uri())
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def _first_pixel(png):
    """Return the colour of the first pixel of a PNG with 8 bits a channel."""
    data, at, packed = png.read_bytes(), 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    return tuple(zlib.decompress(packed)[1:4])
