import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings
from pydantic import BaseModel

ROOT = Path(__file__).parent.parent

# How long an example takes says how busy the machine is.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch, tmp_path_factory):
    """Keep the settings of whoever runs the tests out of them, and what the tests leave behind out of their home."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    for name in ("CDK8S_OUTDIR", "EKS_GPU_CHART_DIR", "EKS_GPU_CHART_MIRROR", "EKS_GPU_CHART_STORE"):
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


@pytest.fixture
def assert_every_option_is_set():
    """Return the function that fails when no one of the given options, or of their nested models, sets some field."""

    def check(*options):
        unset = set()
        for model, instances in _by_model(options).items():
            for field in model.model_fields:
                if not any(_differs(instance, field) for instance in instances):
                    unset.add(f"{model.__name__}.{field}")
        assert unset == set()

    return check


def _differs(instance, field):
    """Whether the instance says something of the field, and something else than its default."""
    info = type(instance).model_fields[field]
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    return field in instance.model_fields_set and getattr(instance, field) != default


def _by_model(values):
    """Collect the models in the values, however deep, by their type."""
    found = {}
    for value in values:
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        if isinstance(value, BaseModel):
            found.setdefault(type(value), []).append(value)
            children = [getattr(value, field) for field in type(value).model_fields]
        for model, instances in _by_model(children).items():
            found.setdefault(model, []).extend(instances)
    return found
