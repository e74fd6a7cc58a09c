"""The examples do what they say."""

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_the_example_app_synthesises(tmp_path):
    """A cdk8s app that composes the constructs one by one writes its charts."""
    subprocess.run([sys.executable, ROOT / "examples/app/app.py"], cwd=tmp_path, check=True)
    assert sorted(path.name for path in (tmp_path / "dist").iterdir()) == [
        "device-plugins.k8s.yaml",
        "nodes.k8s.yaml",
    ]


def test_the_argo_cd_application_points_at_dist_and_leaves_the_smoke_tests_alone():
    """What Argo CD applies is the folder that is committed, without the test Pods."""
    application = yaml.safe_load((ROOT / "examples/argocd-application.yaml").read_text(encoding="utf-8"))
    source = application["spec"]["source"]
    assert (source["path"], source["directory"]["recurse"]) == ("dist", False)
    assert (ROOT / source["path"] / "0002-node-pools.k8s.yaml").is_file()
