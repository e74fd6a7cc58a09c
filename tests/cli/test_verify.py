import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from click.testing import CliRunner
from tests.pure.verify.dumps import ROOT, Dump

from cdk8s_eks_gpu.cli import main

APPLIED = str(ROOT / "applied.json")


def verify(*arguments):
    """Return what the command gives."""
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


@pytest.fixture
def good(tmp_path):
    """Return a folder with the dumps of a good cluster."""
    (tmp_path / "dump").mkdir()
    return Dump().write(tmp_path / "dump")


@pytest.fixture
def bad(tmp_path):
    """Return a folder with the dumps of a cluster in which a GPU is missing."""
    (tmp_path / "dump").mkdir()
    dump = Dump()
    dump.node()["status"]["allocatable"]["nvidia.com/gpu"] = "7"
    return dump.write(tmp_path / "dump")


VERSIONS = ("--karpenter", "1.14.1", "--kubernetes", "1.34")


def test_a_good_cluster_ends_with_0(good):
    """The table counts what passes, and the exit code is 0."""
    done = verify(APPLIED, "--from", good, *VERSIONS)
    assert done.exit_code == 0, done.output
    last = done.output.strip().splitlines()[-1]
    assert last.endswith(" pass")
    assert "," not in last


def test_a_bad_cluster_ends_with_1(bad):
    """What fails is shown with what was observed, what was expected, and the fix."""
    done = verify(APPLIED, "--from", bad, *VERSIONS)
    text = " ".join(done.output.split())
    assert done.exit_code == 1
    assert all(part in text for part in ("unhealthy", "7 (capacity 8)", "expected: 8", "Fix:"))


def test_json(bad):
    """The JSON has every result with its parts, and the counts."""
    data = json.loads(verify(APPLIED, "--from", bad, "--format", "json", *VERSIONS).output)
    assert (data["ok"], data["summary"]["fail"], data["summary"]["waiting"]) == (False, 1, 0)
    (failing,) = [each for each in data["results"] if each["status"] == "fail"]
    assert (failing["check"], failing["expected"]) == ("nodes/devices", "8")
    assert failing["object"].startswith("Node/ip-")


def test_junit(bad):
    """The JUnit XML has a test case for each result, and a failure for what fails."""
    suite = ET.fromstring(verify(APPLIED, "--from", bad, "--format", "junit", *VERSIONS).output)  # noqa: S314 -- our own
    assert (suite.get("failures"), len(suite.findall("testcase/failure"))) == ("1", 1)
    assert int(suite.get("tests")) == len(suite.findall("testcase")) > 60


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "nowhere"], "no such folder"),
        (["nowhere.yaml", "--from", "."], "no such file"),
        (["--from", ".", "--wait", "20m"], "--wait"),
        (["--wait", "soon"], "no duration"),
        (["--from", ".", "--context", "prod"], "--context"),
        (["--kubeconfig", "nowhere"], "kubeconfig"),
    ],
)
def test_what_cannot_be_run_ends_with_2(arguments, says, tmp_path, monkeypatch):
    """A folder, a file or an option that cannot be used is an error with a message, not a traceback."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(APPLIED, "applied.json")
    named = [] if arguments[0].startswith("nowhere") else ["applied.json"]
    done = verify(*named, *arguments, *VERSIONS)
    assert (done.exit_code, says in done.output) == (2, True), done.output


def test_a_dump_that_is_cut_off_ends_with_2(good):
    """A dump that is no JSON could hide what is broken: it is refused, with the command that writes it again."""
    nodes = good / "nodes.json"
    nodes.write_text(nodes.read_text()[:1000])
    done = verify(APPLIED, "--from", good, *VERSIONS)
    assert (done.exit_code, "is no JSON" in done.output, "kubectl get" in done.output) == (2, True, True)


def test_an_empty_folder_ends_with_2(tmp_path):
    """Where there is no dump, the message says how to get one."""
    (tmp_path / "empty").mkdir()
    done = verify(APPLIED, "--from", tmp_path / "empty", *VERSIONS)
    assert (done.exit_code, "--dump-script" in done.output) == (2, True)


def test_the_script_is_a_shell_script(tmp_path):
    """The script is good shell, and collects with a kubectl of whatever kind what --from reads."""
    script = tmp_path / "dump.sh"
    script.write_text(verify(APPLIED, "--dump-script").output)
    assert subprocess.run(["/bin/sh", "-n", str(script)], check=False).returncode == 0
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f"#!{sys.executable}\n{FAKE_KUBECTL.format(good=str(ROOT / 'good'))}")
    kubectl.chmod(0o755)
    path = f"{kubectl.parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["/bin/sh", str(script), str(tmp_path / "dump"), "--context", "c"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert verify(APPLIED, "--from", tmp_path / "dump", *VERSIONS).exit_code == 0


FAKE_KUBECTL = """
import sys, pathlib
words = sys.argv[1:]
assert "--context" in words, words
if words[0] == "get":
    plural = words[1].partition(".")[0]
    found = sorted(pathlib.Path({good!r}).glob(plural + "[.-]*json"))
    print(found[0].read_text() if found else "")
elif words[0] == "version":
    print(pathlib.Path({good!r}, "version.json").read_text())
elif words[0] == "logs":
    print("" if "efa" in words[1] else "GPU 0: NVIDIA A10G (UUID: GPU-1d0f)")
"""


def test_the_permissions_only_read():
    """The role gets and lists what is compared, and reads logs; it has no other verb, and no Secrets."""
    role, binding = yaml.safe_load_all(verify(APPLIED, "--rbac").output)
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"get", "list"}
    resources = {resource for rule in role["rules"] for resource in rule["resources"]}
    assert {"nodes", "pods", "pods/log", "nodepools", "ec2nodeclasses", "nodeclaims", "configmaps"} <= resources
    assert "secrets" not in resources
    assert binding["roleRef"]["name"] == role["metadata"]["name"]


def test_without_the_client_dumps_are_advised(monkeypatch):
    """Where the extra is not installed, the message names it, and the way without it."""
    monkeypatch.setitem(sys.modules, "kubernetes.client", None)
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    done = verify(APPLIED)
    assert (done.exit_code, "[live]" in done.output, "--dump-script" in done.output) == (2, True, True)


def test_cluster_yaml_is_the_default(good, monkeypatch, tmp_path):
    """Without a target, cluster.yaml says what is expected; without one, the message asks for it."""
    monkeypatch.chdir(tmp_path)
    assert "cluster.yaml: no such file" in verify("--from", good).output
    shutil.copy(Path(__file__).parents[2] / "cluster.yaml", tmp_path)
    assert verify("--from", good).exit_code == 1  # the cluster of another configuration
