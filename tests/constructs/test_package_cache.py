"""jsii's package cache, where a home cannot hold it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk8s_eks_gpu.constructs.package_cache import SWITCH, avoid_unusable_cache

FOLDERS = {"linux": ".cache/aws/jsii/package-cache", "darwin": "Library/Caches/com.amazonaws.jsii/package-cache"}
"""Where jsii has its cache in the home, by platform."""
pytestmark = pytest.mark.skipif(sys.platform not in FOLDERS, reason="Windows has no such homes")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in (SWITCH, f"{SWITCH}_ROOT"):
        monkeypatch.delenv(name, raising=False)


def switched_off(monkeypatch, home):
    """Return whether the cache is switched off for a home, and leave no trace of it in the environment."""
    monkeypatch.setenv("HOME", str(home))
    avoid_unusable_cache()
    found = os.environ.get(SWITCH) == "disabled"
    monkeypatch.delenv(SWITCH, raising=False)
    return found


@pytest.mark.parametrize("platform", FOLDERS)
def test_a_usual_home_has_the_cache(monkeypatch, tmp_path, platform):
    """Where jsii can use its cache, it starts faster with it."""
    monkeypatch.setattr(sys, "platform", platform)
    assert not switched_off(monkeypatch, tmp_path)
    assert (tmp_path / FOLDERS[platform]).is_dir()


def test_a_home_that_cannot_hold_it_has_none(monkeypatch, tmp_path):
    """A home that is a file, one below /proc, and one in a folder where others may write."""
    (tmp_path / "file").touch()
    shared = tmp_path / "shared"
    (shared / "home").mkdir(parents=True)
    shared.chmod(0o777)
    assert all(switched_off(monkeypatch, home) for home in (tmp_path / "file", "/proc", shared / "home"))
    shared.chmod(0o1777)  # where others may write, but change only what is theirs
    assert not switched_off(monkeypatch, shared / "home")


def test_what_a_user_says_of_the_cache_stays(monkeypatch):
    """A root of the user's own, or a switch, is left as it is."""
    monkeypatch.setenv("HOME", "/proc")
    monkeypatch.setenv(f"{SWITCH}_ROOT", "/elsewhere")
    avoid_unusable_cache()
    assert SWITCH not in os.environ
    monkeypatch.setenv(SWITCH, "enabled")
    avoid_unusable_cache()
    assert os.environ[SWITCH] == "enabled"


def test_an_app_synthesises_in_a_home_that_cannot_be_written_to(tmp_path):
    """No traceback, and no waiting without end, where a container has no home."""
    example = Path(__file__).parents[2] / "examples/app/app.py"
    settings = {"HOME": "/proc", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, example], cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "24 objects: 1 finding ignored\n")
