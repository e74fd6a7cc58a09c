import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Build the site and return its folder; skip the test where the group `docs` is not installed."""
    if any(find_spec(name) is None for name in ("sphinx", "myst_parser", "furo")):
        pytest.skip("Sphinx is not installed: pip install --group docs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
    doctrees = tmp_path_factory.mktemp("doctrees")
    run = subprocess.run([*command, "-d", doctrees, ROOT / "docs", folder], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return folder
