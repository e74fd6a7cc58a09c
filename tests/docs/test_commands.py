"""The commands that the documentation shows: run in a folder like the reader's, one after the other, page by page."""

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from blocks import ROOT, commands, inline_commands, parsed, words
from click.testing import CliRunner
from reader import folder_of

from cdk8s_eks_gpu.cli import main

BASH = shutil.which("bash")
PARSED_ONLY = {
    r"eks-gpu verify(?!.*(--from|--dump-script|--rbac))": "reads a live cluster",
    r"eks-gpu charts (add|check)": "needs Helm and a chart's archive; tests/charts runs them",
}
"""Commands of eks-gpu that are only parsed here, by pattern, each with its reason."""
OTHERS = {
    "kubectl": "needs a cluster; the files that it applies are looked for",
    "aws": "needs an AWS account",
    "pip": "needs a registry; tests/wheel installs the wheel",
    "python3": "makes an environment; tests/wheel does",
    "source": "changes the reader's shell",
    "sh": "needs a cluster; tests/cli/test_verify.py runs the script with a kubectl of its own",
    "make": "held against the Makefile below",
}
"""Programs of others that the documentation shows, each with the reason why they are not run here."""
LINES = sorted({command.line for command in commands()})
PAGES = sorted({command.block.page for command in commands() if ".ko." not in command.block.page})
"""Those with commands; test_korean.py holds that Korean pages have the same."""
EXIT_CODES = {"docs/nccl.md": 1}
"""Of the last command of a page, where what it finds is what the page is about."""


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_work_one_after_the_other(page, tmp_path, monkeypatch):
    """The lines print what is shown; those that need a cluster are parsed, and the files that they name are there."""
    monkeypatch.chdir(folder_of(page, tmp_path))
    shown = [command for command in commands() if command.block.page == page]
    for command in shown:
        line = command.line
        program = line.split()[0]
        if program == "cd":
            monkeypatch.chdir(line.split()[1])
        elif program == "python":
            subprocess.run([sys.executable, *line.split()[1:]], check=True)
        elif words(line) is not None:
            printed = run(line, EXIT_CODES.get(page, 0) if line == shown[-1].line else 0)
            assert_shown(command.output, printed)
        elif line.startswith("kubectl apply"):
            files = [word for flag, word in pairwise(line.split()) if flag in {"-f", "-k"} and word != "-"]
            assert [file for file in files if not Path(file).exists()] == [], line


def completes(bash):
    """Return whether click has a completion for that bash: for 4.4 and newer."""
    newer = "((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404))"
    return bash is not None and subprocess.run([bash, "-c", newer], check=False).returncode == 0


@pytest.mark.skipif(not completes(BASH), reason="no bash 4.4 or newer; that of macOS is 3.2")
def test_bash_completes_after_the_line_for_it():
    """What is shown for `~/.bashrc` gives the command its completion."""
    [line] = [line for line in LINES if line.startswith("eval ")]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run([BASH, "-c", f"set -e; {line}; complete -p eks-gpu"], env={"PATH": path}, check=True)


def run(line, exit_code):
    """Run the call of eks-gpu in a command line, with what the line reads and writes, and return what it prints."""
    arguments = words(line)
    if "..." in arguments:  # stands for the line above it
        return ""
    parsed(arguments)
    if any(re.search(pattern, line) for pattern in PARSED_ONLY):
        return ""
    read, written = re.search(r" < (\S+)", line), re.search(r" > (\S+)", line)
    read_text = Path(read[1]).read_text(encoding="utf-8") if read else None
    result = CliRunner(env={"COLUMNS": "120"}).invoke(main, arguments, input=read_text)
    assert result.exit_code == exit_code, (line, result.output)
    if written:
        Path(written[1]).write_text(result.stdout, encoding="utf-8")
    return result.output


def assert_shown(output, printed):
    """Hold that the output that a page shows is printed, in order, however lines break; `...` stands for others."""
    printed = " ".join(printed.split())
    for part in re.split(r"\.\.\.$", output, flags=re.MULTILINE):
        shown = " ".join(part.split())
        assert shown in printed
        printed = printed.partition(shown)[2] if shown else printed


@pytest.mark.parametrize(("page", "line"), inline_commands())
def test_a_command_in_a_sentence_is_one(page, line):
    """Commands and options that sentences name are there."""
    assert parsed(words(line)), page


def test_programs_of_others_are_known():
    """A program that the documentation shows is run above, or listed with the reason why it is not."""
    programs = {line.split()[0] for line in LINES if words(line) is None}
    assert programs - {"cd", "eval", "python"} == OTHERS.keys()


def test_verbs_of_make_are_there():
    """The Makefile has every verb that the documentation shows."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = {line.split()[1] for line in LINES if line.startswith("make ")}
    assert verbs
    assert {verb for verb in verbs if not re.search(rf"^{verb}:", makefile, re.MULTILINE)} == set()


def test_no_reason_is_left_over():
    """Each reason for not running something is about something that is shown."""
    assert {pattern for pattern in PARSED_ONLY if not any(re.search(pattern, line) for line in LINES)} == set()
