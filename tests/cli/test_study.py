"""The study of public set-ups, as whoever repeats it runs it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.pure.preflight.stacks import node_class, pod, pool

STUDY = Path(__file__).parents[2] / "tools" / "study.py"


@pytest.fixture
def checkouts(tmp_path):
    """Return two checkouts: OWNER+NAME with a floating AMI, and OWNER/NAME without."""
    followed = node_class(amiSelectorTerms=[{"alias": "al2023@latest"}])
    for name, objects in (("a+floating", [pool(), followed]), ("b/pinned", [pool(), node_class(), pod()])):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "stack.yaml").write_text(yaml.safe_dump_all(objects))
    return [str(tmp_path / "b/pinned"), str(tmp_path / "a+floating")]


def test_the_study_counts_by_repository_and_by_rule(checkouts):
    """Each checkout is a row in the order of names; a rule's row says how often it is broken, and in how many."""
    done = subprocess.run([sys.executable, str(STUDY), *checkouts], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:4]] == ["a/floating", "b/pinned"]
    assert [line.split("|")[3].strip() for line in lines[2:4]] == ["2", "3"]
    assert "| [ami/latest](rules/ami/latest.md) | warning | 1 | 1 |" in lines


def test_the_study_needs_a_checkout():
    """Without a folder it says how it is used."""
    done = subprocess.run([sys.executable, str(STUDY)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage:" in done.stderr
