"""The commands that the documentation shows: run in a folder like the reader's, or parsed where they need more."""

import re
import shutil
import subprocess

import click
import pytest
from blocks import ROOT, commands, inline_commands, words
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main

JOB = """apiVersion: batch/v1
kind: Job
metadata: {name: train, namespace: default}
spec:
  template:
    spec:
      restartPolicy: Never
      tolerations: [{key: nvidia.com/gpu, operator: Exists}]
      containers:
        - name: gpu
          image: example.com/train:1
          resources: {limits: {nvidia.com/gpu: 8, vpc.amazonaws.com/efa: 8}}
"""
PARSED_ONLY = {
    r"eks-gpu verify(?!.*(--from|--dump-script|--rbac))": "reads a live cluster",
    r"eks-gpu charts (add|upgrade|render|check|prune)": "needs Helm and a chart's archive; tests/charts runs them",
    r"eks-gpu verify.*--from": "needs dumps of a cluster; tests/cli/test_verify.py has them",
    r"eks-gpu nccl": "needs a log of two nodes; tests/cli/test_nccl.py has them",
    r"eks-gpu synth - -o -": "shown within a pipe; tests/cli/test_options.py runs it",
}
"""Commands of eks-gpu that are only parsed here, by pattern, each with its reason."""
OTHERS = {
    "kubectl": "needs a cluster",
    "aws": "needs an AWS account",
    "pip": "needs a registry; tests/wheel installs the wheel",
    "python": "runs the app of an example; tests/cli/test_examples.py does",
    "python3": "makes an environment; tests/wheel does",
    "source": "changes the reader's shell",
    "cd": "changes the reader's shell",
    "eval": "changes the reader's shell",
    "sh": "needs a cluster; tests/cli/test_verify.py runs the script with a kubectl of its own",
    "make": "held against the Makefile below",
}
"""Programs of others that the documentation shows, each with the reason why they are not run here."""
CALLS = sorted({(command.block.page.replace(".ko", ""), command.line) for command in commands()})
OURS = [(page, line) for page, line in CALLS if words(line) is not None and not line.startswith("eval")]


def parsed(arguments):
    """Parse the words after eks-gpu as click does, down to the last command, without running it."""
    command, context, rest = main, click.Context(main, info_name="eks-gpu"), list(arguments)
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"there is no command {name}"
        context = click.Context(command, parent=context, info_name=name)
    try:
        command.make_parser(context).parse_args(list(rest))
    except click.BadOptionUsage:  # a sentence names the option, without a value
        command.make_parser(context).parse_args([*rest, "VALUE"])
    return command


def folder_of(page, tmp_path):
    """Write the folder that the reader of a page stands in, and what the page takes as given."""
    here = tmp_path / "here"
    if page.startswith("examples/"):
        shutil.copytree((ROOT / page).parent, here)
    elif page == "docs/clusters.md":
        shutil.copytree(ROOT / "examples/argocd-clusters", here)
    else:
        here.mkdir()
        shutil.copy(ROOT / "cluster.yaml", here)
        shutil.copytree(ROOT / "dist", here / "dist")
        changed = (ROOT / "cluster.yaml").read_text(encoding="utf-8").replace("[g, p]", "[p]")
        for name in ("other.yaml", "new.yaml"):
            (here / name).write_text(changed, encoding="utf-8")
    (here / "job.yaml").write_text(JOB, encoding="utf-8")
    git = ["git", "-c", "user.name=reader", "-c", "user.email=reader@example.com", "-C", here]
    for call in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "the manifests"]):
        subprocess.run([*git, *call], check=True)
    return here


@pytest.mark.parametrize(("page", "line"), OURS)
def test_a_shown_command_works(page, line, tmp_path, monkeypatch):
    """Who copies the line gets an answer, not a usage error; what needs a cluster is parsed."""
    arguments = words(line)
    if "..." in arguments:
        pytest.skip("stands for the line above it")
    parsed(arguments)
    if any(re.search(pattern, line) for pattern in PARSED_ONLY):
        return
    monkeypatch.chdir(folder_of(page, tmp_path))
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("page", ["docs/explain.md", "docs/explain.ko.md"])
def test_shown_output_is_what_is_printed(page, tmp_path, monkeypatch):
    """What is shown is printed, in that order, however lines break; `...` stands for others between."""
    (command,) = [each for each in commands() if each.block.page == page and each.output]
    monkeypatch.chdir(folder_of(page, tmp_path))
    result = CliRunner(env={"COLUMNS": "120"}).invoke(main, words(command.line))
    printed = " ".join(result.output.split())
    for part in re.split(r"^\.\.\.$", command.output, flags=re.MULTILINE):
        shown = " ".join(part.split())
        assert shown in printed
        printed = printed.partition(shown)[2]


@pytest.mark.parametrize(("page", "line"), inline_commands())
def test_a_command_in_a_sentence_is_one(page, line):
    """Commands and options that sentences name are there."""
    assert parsed(words(line)), page


@pytest.mark.parametrize("line", sorted({line for _, line in CALLS} - {line for _, line in OURS}))
def test_programs_of_others_are_known(line):
    """A program that the documentation shows is ours, or listed with the reason why it is not run."""
    assert line.split()[0] in OTHERS


def test_verbs_of_make_are_there():
    """The Makefile has every verb that the documentation shows."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = {line.split()[1] for _, line in CALLS if line.startswith("make ")}
    assert verbs
    assert {verb for verb in verbs if not re.search(rf"^{verb}:", makefile, re.MULTILINE)} == set()


def test_no_reason_is_left_over():
    """Each reason for not running something is about something that is shown."""
    lines = [line for _, line in CALLS] + [line for _, line in inline_commands()]
    assert {pattern for pattern in PARSED_ONLY if not any(re.search(pattern, line) for line in lines)} == set()
    assert OTHERS.keys() - {line.split()[0] for line in lines} == set()
