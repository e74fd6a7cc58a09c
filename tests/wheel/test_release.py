"""`make release` on a copy of the repository: it builds and checks, and publishes nothing."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EPOCH = "1790000000"  # 2026-09-21
REPOSITORY = "https://github.com/example/fork"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of what Git has, as it is in the working tree."""
    folder = tmp_path_factory.mktemp("copy")
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in listed.stdout.split("\0"):
        if name.split("/")[0] in {"lib", "imports", "docs", "tools"} or (name and "/" not in name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def release(copy, version, *repository):
    """Run the tool in the copy, at a time that does not change."""
    command = [sys.executable, "tools/release.py", version, *repository]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", ["", "v1.2.3", "1.2", "1.2.3-beta"])
def test_a_version_must_be_one(copy, version):
    """Nothing is changed for a version that Python's packages do not have."""
    before = (copy / "pyproject.toml").read_text()
    done = release(copy, version)
    assert done.returncode == 1
    assert "is no version such as 1.2.3" in done.stderr
    assert (copy / "pyproject.toml").read_text() == before


@pytest.mark.parametrize("repository", ["", "git@github.com:example/fork.git"])
def test_the_first_release_needs_the_address_of_the_repository(copy, repository):
    """Without an address that a browser opens, links on the page of a package index would lead nowhere."""
    before = (copy / "pyproject.toml").read_text()
    done = release(copy, "9.8.7", repository)
    assert done.returncode == 1
    assert "REPOSITORY=https://github.com/..." in done.stderr
    assert (copy / "pyproject.toml").read_text() == before


def test_a_release(copy):
    """The version is in one place, the change log has its entry, and the bytes are the same each time."""
    done = release(copy, "9.8.7", REPOSITORY)
    assert done.returncode == 0, done.stderr
    digests = [line for line in done.stdout.splitlines() if line.startswith("sha256 ")]
    assert [line.split("/")[-1] for line in digests] == [
        "cdk8s_eks_gpu-9.8.7-py3-none-any.whl",
        "cdk8s_eks_gpu-9.8.7.tar.gz",
    ]
    log = (copy / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased\n\n## 9.8.7 (2026-09-21)\n" in log
    with zipfile.ZipFile(copy / "build/release/cdk8s_eks_gpu-9.8.7-py3-none-any.whl") as wheel:
        metadata = wheel.read("cdk8s_eks_gpu-9.8.7.dist-info/METADATA").decode()
    assert f"Project-URL: Source, {REPOSITORY}\n" in metadata
    assert f"]({REPOSITORY}/blob/v9.8.7/docs/quickstart.md)" in metadata
    assert "OWNER" not in metadata
    again = release(copy, "9.8.7")
    assert [line for line in again.stdout.splitlines() if line.startswith("sha256 ")] == digests
    assert (copy / "CHANGELOG.md").read_text(encoding="utf-8") == log
