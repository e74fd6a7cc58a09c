import json

import pytest
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main

GOOD = """\
#  Rank  0 Group  0 Pid     21 on nccl-test-0 device  0 [0000:53:00] NVIDIA L4
#  Rank  1 Group  0 Pid     21 on nccl-test-1 device  0 [0000:53:00] NVIDIA L4
nccl-test-0:21:21 [0] NCCL INFO NET/OFI Selected provider is efa, fabric is efa (found 1 nics)
nccl-test-0:21:21 [0] NCCL INFO Using network Libfabric
  1073741824     268435456     float     sum      -1   344981    3.11    3.11      0   344454    3.12    3.12      0
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 1.15327
"""
ARGUMENTS = ["--instance-type", "g6.8xlarge", "--nodes", "2"]


@pytest.fixture
def run(tmp_path):
    """Run the command with a log in a file."""

    def invoke(log, *arguments, name="log"):
        if log is not None:
            (tmp_path / "log").write_text(log, encoding="utf-8")
        return CliRunner().invoke(main, ["nccl", str(tmp_path / name), *arguments])

    return invoke


def test_a_good_log_ends_with_0(run):
    """What is not known, as the mark of a type that nobody measured, is no failure."""
    done = run(GOOD, *ARGUMENTS)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("2 nodes of g6.8xlarge: not known\n")
    assert "pass      provider: Selected provider is efa" in done.output


def test_a_bad_log_ends_with_1(run):
    """Sockets in place of EFA are a failure, with what to do about it."""
    done = run(GOOD.replace("Libfabric", "Socket"), *ARGUMENTS)
    assert done.exit_code == 1
    assert "FAIL      network: Using network Socket" in done.output
    assert "Fix: " in done.output


def test_json(run):
    """JSON has the same, for pipelines."""
    done = run(GOOD, *ARGUMENTS, "--format", "json")
    report = json.loads(done.output)
    assert (report["status"], report["nodes"], report["busBandwidth"]) == ("not known", 2, 3.11)
    assert {check["check"]: check["status"] for check in report["checks"]} == {
        **dict.fromkeys(["test", "ranks", "network", "provider", "nics", "values"], "pass"),
        **dict.fromkeys(["gpudirect-rdma", "bandwidth"], "not known"),
    }


@pytest.mark.parametrize(
    ("log", "arguments", "name"),
    [
        (None, ARGUMENTS, "log"),
        (GOOD, ["--instance-type", "g6.8xlarg"], "log"),
        (GOOD, [], "log"),
        (GOOD, [*ARGUMENTS, "--nodes", "1"], "log"),
        (GOOD, ARGUMENTS, "."),
    ],
)
def test_what_cannot_be_checked_ends_with_2(run, log, arguments, name):
    """A file that is not there, a type that is not known or a single node: exit code 2, and no traceback."""
    done = run(log, *arguments, name=name)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_standard_input():
    """`-` reads the log that kubectl pipes in."""
    done = CliRunner().invoke(main, ["nccl", "-", *ARGUMENTS], input=GOOD)
    assert done.exit_code == 0
