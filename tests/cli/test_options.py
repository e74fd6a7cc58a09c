"""What all commands have in common: one option for one meaning, `-` for a stream, exit codes, completion."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / "cluster.yaml").read_text(encoding="utf-8")


def commands(group=main, path=()):
    """Yield every command with its path, those of groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands())


@pytest.mark.parametrize("group", [(), ("charts",)])
def test_help_says_in_a_whole_line_what_each_command_does(run, group):
    """On a terminal of 80 columns, no summary is cut off."""
    lines = run(*group, "--help").stdout.partition("\nCommands:\n")[2].splitlines()
    assert len(lines) == sum(path[:-1] == group for path in COMMANDS)
    assert [line for line in lines if not line.endswith(".") or line.endswith("...")] == []


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs `eks-gpu` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, text=None: CliRunner().invoke(main, arguments, input=text)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_each_option_has_one_meaning(path):
    """-c is the configuration, -o where the output goes, -f its format; nothing else has a short name."""
    letters = {"-c": "--config", "-o": "--output", "-f": "--format"}
    for option in COMMANDS[path].params:
        names = set(option.opts)
        if names.isdisjoint({*letters, *letters.values()}):
            assert all(name.startswith("--") for name in names) or isinstance(option, click.Argument)
        else:
            assert names in [set(pair) for pair in letters.items()]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_says_the_exit_codes(run, path):
    """Whoever writes a pipeline reads in --help, and in -h, what the codes mean."""
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert "Exit code 0:" in result.output
    assert run(*path, "-h").output == result.output


def test_the_documentation_has_each_command_and_the_codes():
    """docs/command-line.md does not forget a command."""
    page = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    assert [path for path in COMMANDS if f"`eks-gpu {' '.join(path)}`" not in page] == []
    assert all(f"| {code} |" in page for code in (0, 1, 2, 130))


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "-"),
        ("check", "-c", "-"),
        ("explain", "-"),
        ("explain", "-c", "-"),
        ("report", "-", "-o", "-"),
        ("report", "-c", "-", "-o", "-"),
        ("upgrade", "-", "--karpenter", "1.15.1"),
        ("upgrade", "-c", "-", "--karpenter", "1.15.1"),
        ("verify", "-", "--rbac"),
        ("charts", "list", "-c", "-"),
    ],
    ids=" ".join,
)
def test_a_configuration_comes_from_standard_input(run, tmp_path, arguments):
    """`-` stands for it wherever a cluster.yaml can be named."""
    result = run(*arguments, text=CONFIG)
    assert result.exit_code == 0, result.output
    assert list(tmp_path.iterdir()) == []


def test_errors_in_a_configuration_from_standard_input_have_lines(run):
    """What is wrong with it is said as of a file, called `-`."""
    result = run("check", "-", text=CONFIG.replace("karpenterVersion", "karpenterVersoin"))
    assert result.exit_code == 2
    assert result.output.startswith("-:")


def test_versions_are_not_written_into_standard_input(run):
    """There is no file to write them into."""
    result = run("upgrade", "-", "--karpenter", "1.15.1", "--write", text=CONFIG)
    assert result.exit_code == 2
    assert "standard input is no file" in result.output


def test_synthesis_goes_through_pipes(tmp_path):
    """From standard input to standard output go the bytes that `kubectl apply -f dist/` would read, and no file."""
    command = [sys.executable, "-m", "cdk8s_eks_gpu", "synth", "-", "-o", "-"]
    done = subprocess.run(command, cwd=tmp_path, input=CONFIG, capture_output=True, text=True, check=True)
    files = sorted((ROOT / "dist").glob("*.yaml"))
    expected = [each for file in files for each in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    assert list(yaml.safe_load_all(done.stdout)) == expected
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["synth", "report"])
def test_standard_output_is_utf_8(tmp_path, command):
    """Manifests and pages are the same bytes on a terminal of another encoding."""
    text = CONFIG.replace("nodeType: nvidia", "nodeType: nvidia\n    annotations: {team: 학습}")
    outputs = [
        subprocess.run(
            [sys.executable, "-m", "cdk8s_eks_gpu", command, "-", "-o", "-"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            input=text.encode(),
            capture_output=True,
            check=True,
        ).stdout
        for encoding in ("utf-8", "ascii")
    ]
    assert outputs[0] == outputs[1]
    assert not outputs[0].isascii()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full, the device on which nothing can be written")
def test_a_full_disk_behind_standard_output_is_code_2():
    """The reason is said, without a traceback."""
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "cdk8s_eks_gpu", "schema"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "standard output: No space left on device\n")


def test_several_clusters_do_not_go_to_standard_output(run, tmp_path):
    """Manifests of two clusters in one stream would be applied to one."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(CONFIG.replace("name: training-on-eks", f"name: {name}"))
    result = run("synth", "a.yaml", "-c", "b.yaml", "-o", "-")
    assert result.exit_code == 2
    assert "-o - is for one cluster, and these are 2" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "-c", "cluster.yaml", "-f", "json"),
        ("explain", "-f", "json"),
        ("explain", "p5.48xlarge"),
        ("interfaces", "p5.48xlarge", "-f", "json"),
        ("rule", "scheduling/no-host"),
        ("schema", "--part"),
        ("upgrade", "--karpenter", "1.15.1"),
        ("verify", "--rbac"),
    ],
    ids=" ".join,
)
def test_what_is_printed_can_be_written_to_a_file(run, tmp_path, arguments):
    """-o holds the same bytes that standard output would, which then stays empty."""
    (tmp_path / "cluster.yaml").write_text(CONFIG, encoding="utf-8")
    printed = run(*arguments).stdout
    result = run(*arguments, "-o", "out.txt")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == printed != ""


def test_a_report_of_errors_is_written_too(run, tmp_path):
    """Exit code 1 is an answer, and pipelines want the file most when there is one."""
    (tmp_path / "pool.yaml").write_text("apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: a}\nspec: {}\n")
    assert run("check", "pool.yaml", "-f", "sarif", "-o", "out.sarif").exit_code == 1
    assert json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]


def test_a_file_that_cannot_be_written_is_code_2(run):
    """The message names it."""
    result = run("schema", "-o", "absent/schema.json")
    assert result.exit_code == 2
    assert result.output == "absent/schema.json cannot be written: No such file or directory\n"


def test_nothing_is_written_when_a_command_cannot_run(run, tmp_path):
    """A file from an earlier run stays as it was."""
    (tmp_path / "out.txt").write_text("before")
    assert run("check", "absent", "-o", "out.txt").exit_code == 2
    assert run("check", "-", "-o", "out.txt", text="").exit_code == 2
    assert (tmp_path / "out.txt").read_text() == "before"


def test_check_takes_the_project(run, tmp_path):
    """Without a target, what synthesis would take is checked."""
    (tmp_path / "cluster.yaml").write_text(CONFIG, encoding="utf-8")
    assert run("check").output == run("check", "cluster.yaml").output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell):
    """Each shell gets a script, and what it asks for: commands, options, values, rules and instance types."""

    def complete(kind, **words):
        environment = {**os.environ, "_EKS_GPU_COMPLETE": f"{shell}_{kind}", **words}
        code = "from cdk8s_eks_gpu.cli import main; main(prog_name='eks-gpu')"
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        ).stdout

    assert "_EKS_GPU_COMPLETE" in complete("source") or shell == "bash"  # click asks the bash that is there
    for words, word in (("ex", "explain"), ("rule efa/pu", "efa/public-ip"), ("interfaces p5e.", "p5e.48xlarge")):
        *_, last = words.split()
        at = str(len(words.split())) if shell != "fish" else last
        assert word in complete("complete", COMP_WORDS=f"eks-gpu {words}", COMP_CWORD=at)


def test_ctrl_c_is_130_in_a_command_that_waits(tmp_path):
    """Ctrl-C while standard input is awaited: one word, no traceback."""
    command = [sys.executable, "-m", "cdk8s_eks_gpu", "check", "-"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said == "\nInterrupted.\n"


def test_a_command_that_is_not_there_has_a_hint(run):
    """Whoever mistypes a command reads which one it may have been."""
    done = run("chek")
    assert done.exit_code == 2
    assert "No such command 'chek'; did you mean 'check'?" in done.output


def test_manifests_are_checked_without_what_configurations_need():
    """A command imports what it needs: pydantic, of which half a second goes into models, only where there are some."""
    code = "import sys, cdk8s_eks_gpu.cli, cdk8s_eks_gpu.cli.check; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
