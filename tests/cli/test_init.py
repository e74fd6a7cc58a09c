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

END_OF_FILE = b"\x04"  # what Ctrl-D sends: a question too many ends the command
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


@pytest.mark.parametrize("before", ["a file", "a folder with a file", "a folder in one that is closed"])
def test_what_is_there_is_left_alone(tmp_path, before, monkeypatch):
    """A file, or a folder that is not empty or cannot be looked into, is never written to."""
    folder = tmp_path / "there"
    if before == "a file":
        folder.write_text("mine", encoding="utf-8")
    else:
        folder.mkdir()
        (folder / "mine").touch()
    if before == "a folder in one that is closed":
        denied = PermissionError(13, "Permission denied")
        monkeypatch.setattr(Path, "iterdir", lambda _: (_ for _ in ()).throw(denied))
    done = run(folder, "--for", "inference", "--region", "us-west-2")
    monkeypatch.undo()
    assert done.exit_code == 2
    assert {"a file": "is a file", "a folder with a file": "is not empty"}.get(
        before, "Permission denied"
    ) in done.stderr
    assert folder.is_file() or [file.name for file in folder.iterdir()] == ["mine"]


def test_a_name_that_no_file_can_have_is_an_error(tmp_path):
    """A folder's name that is too long for the file system is told, without a traceback."""
    done = run(tmp_path / ("x" * 300), "--for", "inference", "--region", "us-west-2", "--name", "training")
    assert done.exit_code == 2
    assert "name too long" in done.stderr


def test_an_empty_repository_is_an_empty_folder(tmp_path):
    """Whoever has a Git repository for the project already can have it there, and may have opened it in Finder."""
    (tmp_path / "new/.git").mkdir(parents=True)
    (tmp_path / "new/.DS_Store").touch()
    assert run(tmp_path / "new", "--for", "inference", "--region", "us-west-2").exit_code == 0
    assert (tmp_path / "new/cluster.yaml").exists()


def test_a_full_disk_leaves_nothing(tmp_path):
    """Where not all files can be written (here by the limit of a file's size), none is."""
    code = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
from cdk8s_eks_gpu.cli import main
main(["init", "new", "--for", "inference", "--region", "us-west-2"])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "new cannot be written: File too large\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b", "학습"])
def test_the_next_commands_can_be_copied(tmp_path, name, monkeypatch):
    """The folder is quoted for the shell where it has to be; nobody has to go where they are."""
    monkeypatch.chdir(tmp_path)
    options = ["--for", "inference", "--region", "us-west-2", "--name", "training"]
    assert f"\n  cd '{name}'\n" in run(name, *options).stdout
    (tmp_path / "here").mkdir()
    monkeypatch.chdir("here")
    assert "cd " not in run(".", *options).stdout


@pytest.mark.parametrize("name", ["true", "y", "null", "012", "1e3"])
def test_a_name_that_looks_like_something_else_is_quoted(tmp_path, name):
    """A cluster's name is a text, whatever YAML would take it for."""
    assert run(tmp_path / "new", "--for", "inference", "--region", "us-west-2", "--name", name).exit_code == 0
    assert yaml.safe_load((tmp_path / "new/cluster.yaml").read_text(encoding="utf-8"))["cluster"]["name"] == name


def test_a_version_may_be_a_tag(tmp_path):
    """`v1.14.1`, as releases are tagged, is 1.14.1."""
    versions = ["--karpenter", "v1.14.1", "--kubernetes", "v1.34"]
    assert run(tmp_path / "new", "--for", "inference", "--region", "us-west-2", *versions).exit_code == 0
    cluster = yaml.safe_load((tmp_path / "new/cluster.yaml").read_text(encoding="utf-8"))["cluster"]
    assert (cluster["karpenterVersion"], cluster["kubernetesVersion"]) == ("1.14.1", "1.34")


def asked_on_a_terminal(folder, options, answers):
    """Run `eks-gpu init new` with these answers on a terminal; return exit code, standard output and error."""
    leader, follower = os.openpty()
    command = [sys.executable, "-m", "cdk8s_eks_gpu", "init", "new", *options]
    with subprocess.Popen(command, cwd=folder, stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
        os.write(leader, answers)
        output, error = done.communicate()
    os.close(leader)
    os.close(follower)
    return done.returncode, output.decode(), error.decode()


def test_a_terminal_asks_again_for_what_is_wrong(tmp_path):
    """What no option says is asked for; a wrong answer, or option, is asked for again at once."""
    # What for, region, name, Kubernetes, Karpenter, reservation, zone, each twice where it is wrong.
    answers = b"train\ntraining\nus-west2\nus-west-2\na b\n\n1.34\n1.15\nr-1\n\nus-east-1a\n\n" + END_OF_FILE
    code, output, error = asked_on_a_terminal(tmp_path, ["--kubernetes", "1.2"], answers)
    assert code == 0, error
    assert "did you mean 'training'?" in output
    assert [line.split(":")[0] for line in error.splitlines()] == [
        "--region",
        "--kubernetes",
        "--name",
        "--reservation",
        "--zone",
    ]
    asked = ["AWS region", "Kubernetes version", "Name of", "Karpenter version", "Capacity res", "Zone of the nodes"]
    assert [output.count(question) for question in asked] == [2, 1, 2, 1, 2, 2]
    written = yaml.safe_load((tmp_path / "new/cluster.yaml").read_text(encoding="utf-8"))
    assert (written["cluster"]["region"], written["cluster"]["kubernetesVersion"]) == ("us-west-2", "1.34")
    assert written["nodePools"]["train"]["capacity"]["zone"] == "us-west-2a"


def test_advice_is_given_once(tmp_path):
    """A region that is newer than the facts is no mistake: it is mentioned once, not after each question."""
    code, _, error = asked_on_a_terminal(tmp_path, ["--for", "inference"], b"us-moon-1\n\n\n\n" + END_OF_FILE)
    assert code == 0, error
    assert error.count("'us-moon-1' is no region that is known here") == 1


def test_no_answer_writes_nothing(tmp_path):
    """Ctrl-D at a question ends the command with exit code 2, and says what that means."""
    code, _, error = asked_on_a_terminal(tmp_path, ["--for", "inference"], b"us-west-2\n" + END_OF_FILE)
    assert (code, error) == (2, "\nNo answer: nothing is written.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--region", "us-west-2"], "--for inference | training | notebooks | workshop"),
        (["--for", "infrence"], "did you mean 'inference'?"),
        (["--for", "inference"], "--region is missing"),
        (["--for", "inference", "--region", "nowhere"], "--region: 'nowhere' is not an AWS region"),
        (["--for", "inference", "--region", "us-west-2", "--karpenter", "9.9"], "--karpenter: '9.9'"),
        (
            ["--for", "inference", "--region", "us-west-2", "--karpenter", "1.99"],
            "--karpenter: unknown Karpenter version",
        ),
        (
            ["--for", "inference", "--region", "us-west-2", "--kubernetes", "1.2"],
            "--kubernetes: unknown Kubernetes ver",
        ),
        (["--for", "inference", "--region", "us-west-2", "--karpenter", "1.0"], "needs Karpenter 1.15 or newer"),
        (["--for", "training", "--region", "us-west-2", "--karpenter", "1.9"], "--karpenter: 'ip-optimized' needs"),
        (["--for", "inference", "--region", "us-west-2", "--zone", "us-west-2a"], "--zone: only with --for training"),
        (["--for", "inference", "--region", "us-west-2", "--name", "a: b"], "--name: 'a: b' is not"),
        (["--for", "training", "--region", "us-west-2", "--reservation", "r-1"], "'r-1' is not a capacity reservation"),
    ],
)
def test_what_cannot_be_is_reported_and_nothing_is_written(tmp_path, arguments, message):
    """Off a terminal nothing is asked: what is missing or wrong is an error, with the option or the value."""
    folder = tmp_path / "new"
    done = run(folder, *arguments)
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert not folder.exists()
