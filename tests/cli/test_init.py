"""`eks-gpu init` as a user runs it: a new project that synthesises at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main
from cdk8s_eks_gpu.journal import JOURNAL

STARTING_POINTS = {
    "inference": [],
    "training": ["--reservation", "cr-0123456789abcdef0", "--zone", "us-west-2b"],
    "training on demand": [],
    "notebooks": [],
    "workshop": [],
}


def run(*arguments, answers=None):
    """Run `eks-gpu init`."""
    return CliRunner().invoke(main, ["init", *map(str, arguments)], input=answers)


@pytest.mark.parametrize("name", STARTING_POINTS)
def test_a_new_project_synthesises_at_once_without_a_warning(tmp_path, name):
    """Its own main.py writes dist/ and says nothing but what it wrote and what is ignored on purpose."""
    folder = tmp_path / "training-eks"
    done = run(folder, "--for", name.split()[0], "--region", "us-west-2", *STARTING_POINTS[name])
    assert done.exit_code == 0, done.output
    environment = {key: value for key, value in os.environ.items() if key != "CDK8S_OUTDIR"}
    ran = subprocess.run(
        [sys.executable, "main.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "warning" not in ran.stderr
    assert list((folder / "dist").glob("*node-pools.k8s.yaml"))
    assert yaml.safe_load((folder / "cluster.yaml").read_text(encoding="utf-8"))["cluster"]["name"] == "training-eks"


def test_it_writes_what_belongs_to_a_project(tmp_path):
    """Configuration, its schema, the app, what cdk8s and Git read, and a workflow for continuous integration."""
    folder = tmp_path / "new"
    assert run(folder, "--for", "inference", "--region", "eu-west-1").exit_code == 0
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert files == {
        ".github/workflows/manifests.yaml",
        ".gitignore",
        "cdk8s.yaml",
        "cluster.schema.json",
        "cluster.yaml",
        "main.py",
        "requirements.txt",
    }
    workflow = yaml.safe_load((folder / ".github/workflows/manifests.yaml").read_text(encoding="utf-8"))
    commands = [step.get("run") for step in workflow["jobs"]["manifests"]["steps"]]
    assert "python main.py" in commands


@pytest.mark.parametrize("change", ["none", "a file that is not committed", "another content"])
def test_the_workflow_finds_what_is_not_committed(tmp_path, change):
    """Continuous integration fails when dist/ is not what is committed, also when a file of it is new."""
    folder = tmp_path / "new"
    assert run(folder, "--for", "inference", "--region", "eu-west-1").exit_code == 0
    workflow = yaml.safe_load((folder / ".github/workflows/manifests.yaml").read_text(encoding="utf-8"))
    commands = [step.get("run", "") for step in workflow["jobs"]["manifests"]["steps"]]
    [compare] = [command for command in commands if command.startswith("git ")]
    (folder / "dist").mkdir()
    (folder / "dist/a.yaml").write_text("a: 1\n", encoding="utf-8")
    git = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for call in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *call], check=True)
    if change != "none":
        name = "a.yaml" if change == "another content" else "b.yaml"
        (folder / "dist" / name).write_text("a: 2\n", encoding="utf-8")
    found = subprocess.run(["/bin/sh", "-c", compare], cwd=folder, capture_output=True, check=False).returncode
    assert (found != 0) == (change != "none")


@pytest.mark.parametrize(
    ("file", "ignored"),
    [
        ("report.html", True),
        (f"dist/{JOURNAL}", True),
        ("dist/.0002-node-pools.k8s.yaml.eks-gpu-new", True),
        ("dist/.eks-gpu", False),
        ("dist/0002-node-pools.k8s.yaml", False),
        ("imports/cdk8s_eks_gpu_charts/a.lock.json", False),
    ],
)
def test_git_ignores_what_is_not_to_be_committed(tmp_path, file, ignored):
    """Reports and what a killed synthesis leaves stay out of Git; manifests, marker and renderings are committed."""
    folder = tmp_path / "new"
    assert run(folder, "--for", "inference", "--region", "us-west-2").exit_code == 0
    git = ["git", "-C", folder]
    subprocess.run([*git, "init", "-q"], check=True)
    assert (subprocess.run([*git, "check-ignore", "-q", file], check=False).returncode == 0) == ignored


def test_the_workshop_is_the_stack_of_this_repository(tmp_path):
    """With the names of this repository's cluster.yaml, the starting point leads to the same manifests."""
    own = yaml.safe_load((Path(__file__).parents[2] / "cluster.yaml").read_text(encoding="utf-8"))
    cluster = own["cluster"]
    versions = ["--kubernetes", cluster["kubernetesVersion"], "--karpenter", cluster["karpenterVersion"]]
    folder = tmp_path / cluster["name"]
    assert run(folder, "--for", "workshop", "--region", "us-west-2", *versions).exit_code == 0
    written = yaml.safe_load((folder / "cluster.yaml").read_text(encoding="utf-8"))
    del written["cluster"]["region"]
    assert written == own


@pytest.mark.parametrize("before", ["a file", "a folder with a file"])
def test_what_is_there_is_left_alone(tmp_path, before):
    """A file, or a folder that is not empty, is never written to."""
    folder = tmp_path / "there"
    if before == "a file":
        folder.write_text("mine", encoding="utf-8")
    else:
        folder.mkdir()
        (folder / "mine").touch()
    done = run(folder, "--for", "inference", "--region", "us-west-2")
    assert done.exit_code == 2
    assert "is there already" in done.stderr
    assert folder.is_file() or [file.name for file in folder.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--region", "us-west-2"], "--for inference | training | notebooks | workshop"),
        (["--for", "inference"], "--region is missing"),
        (["--for", "inference", "--region", "nowhere"], "cluster.region: 'nowhere' is not an AWS region"),
        (["--for", "inference", "--region", "us-west-2", "--karpenter", "9.9"], "cluster.karpenterVersion: '9.9'"),
        (["--for", "inference", "--region", "us-west-2", "--name", "a: b"], "cluster.name"),
        (["--for", "training", "--region", "us-west-2", "--reservation", "r-1"], "'r-1' is not a capacity reservation"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(tmp_path, arguments, message):
    """Off a terminal nothing is asked: what is missing or wrong is an error, with the option or the value."""
    folder = tmp_path / "new"
    done = run(folder, *arguments)
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert not folder.exists()
