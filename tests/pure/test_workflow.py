"""The workflow that runs CI on GitHub."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_every_python_is_tested_on_linux_and_the_ends_on_macos():
    """.ci/run, with each Python that pyproject.toml names; macOS gets the oldest and the newest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    supported = [each.split(" :: ")[-1] for each in project["classifiers"] if "Python :: 3." in each]
    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]["ci"]
    matrix = job["strategy"]["matrix"]
    assert (matrix["os"], matrix["python"]) == (["ubuntu-latest"], supported)
    assert matrix["include"] == [{"os": "macos-latest", "python": each} for each in (supported[0], supported[-1])]
    assert job["steps"][-1] == {"run": ".ci/run"}
