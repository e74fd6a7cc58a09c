import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """Keep the settings of whoever runs the tests out of them."""
    for name in ("CDK8S_OUTDIR", "EKS_GPU_CHART_DIR", "EKS_GPU_CHART_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EKS_GPU_CHARTS", "frozen")


@pytest.fixture
def project(tmp_path):
    """Return a copy of what a user's clone needs for synthesis, with its committed dist/."""
    for name in ("main.py", "cluster.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "dist", tmp_path / "dist")
    return tmp_path


@pytest.fixture(scope="session")
def helm():
    """Return the path of a real Helm 4, from the variable HELM or the PATH; skip the test where there is none."""
    command = shutil.which(os.environ.get("HELM", "helm"))
    version = (
        command
        and subprocess.run(
            [command, "version", "--template", "{{.Version}}"], capture_output=True, text=True, check=False
        ).stdout
    )
    if not version or not re.match(r"v([4-9]|\d\d)\.", version):
        pytest.skip("no Helm 4: put it on the PATH or name it in the variable HELM")
    return command
