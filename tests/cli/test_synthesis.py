"""Synthesis as a user runs it: `python main.py`, `eks-gpu synth`."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from cdk8s_eks_gpu.output import recover

NVIDIA = "  nvidia:\n    version: 0.18.0\n"
EFA = "  efa:\n    version: v0.5.30\n"
ROOT = Path(__file__).parents[2]
COMMANDS = {"main.py": ["main.py"], "eks-gpu": ["-m", "cdk8s_eks_gpu", "synth"]}


def run(project, *arguments, **environment):
    """Run Python in the project and return what came of it."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def contents(folder):
    """Return the bytes of each file below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def documents(folder, name):
    """Return the objects of a file."""
    return list(yaml.safe_load_all((folder / name).read_text(encoding="utf-8")))


@pytest.fixture(params=COMMANDS.values(), ids=COMMANDS)
def command(request):
    """Return each command that synthesises."""
    return request.param


def test_what_is_committed_is_what_synthesis_writes(project, command):
    """The dist/ of the repository is the output of its cluster.yaml, byte for byte, however it is run."""
    before = contents(project / "dist")
    done = run(project, *command)
    assert (done.returncode, done.stdout) == (0, "")
    assert contents(project / "dist") == before


def test_a_newcomer_reads_one_quiet_line(project, command):
    """What the seed's document means to be so is ignored with its reasons, each time."""
    outputs = [run(project, *command).stderr for _ in range(2)]
    assert outputs == ["training-on-eks: 26 objects: 2 findings ignored; written to dist/\n"] * 2


def test_the_warnings_are_shown_each_time(project, command):
    """Without its `ignore`, the seed's stack deserves two warnings; they are shown, also when nothing has changed."""
    config = project / "cluster.yaml"
    config.write_text(config.read_text(encoding="utf-8").partition("\nignore:")[0], encoding="utf-8")
    outputs = [run(project, *command).stderr for _ in range(2)]
    assert outputs[0] == outputs[1]
    rules = re.findall(r" warning (\S+) ", outputs[0])
    assert rules == ["ami/latest", "efa/plugin-without-device"]
    assert outputs[0].count("Fix: ") == len(rules)


def test_what_is_ignored_for_an_object_that_is_not_there_is_reported(project, command):
    """Whoever takes a plugin out may leave its entry behind: that is no error, and no secret."""
    config = project / "cluster.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace(EFA, ""), encoding="utf-8")
    done = run(project, *command)
    assert done.returncode == 0
    expected = (
        "cluster.yaml: warning: unknown object in ignore[1].object: 'DaemonSet/aws-efa-k8s-device-plugin'; did you mean"
    )
    assert done.stderr.startswith(expected)


IGNORES = {
    "{rule: ami/lastest, reason: x}": "'ami/lastest' is not known; did you mean 'ami/latest'?",
    "{rule: ami/latest, reason: ' '}": "is not a text that says something",
    "{rule: ami/latest}": "ignore[2].reason: is required, and missing",
    "{rule: ami/latest, reason: x, object: gpu}": "'gpu' is not an object as Kind/name",
}


@pytest.mark.parametrize(("entry", "words"), IGNORES.items())
def test_an_entry_that_ignores_nothing_is_an_error(project, entry, words):
    """A rule that is not there, no reason, or no object: told with the line."""
    config = project / "cluster.yaml"
    text = config.read_text(encoding="utf-8") + f"  - {entry}\n"
    config.write_text(text, encoding="utf-8")
    done = run(project, "main.py")
    assert done.returncode == 2
    assert f"cluster.yaml:{len(text.splitlines())}: ignore[2]" in done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("off", [{"EKS_GPU_PREFLIGHT": "off"}, {}], ids=["variable", "option"])
def test_the_preflight_can_be_switched_off(project, off):
    """Manifests with an error are written then, and one line says that nothing was checked."""
    config = project / "cluster.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("[amd64]", "[arm64]"), encoding="utf-8")
    option = [] if off else ["--no-preflight"]
    done = run(project, *COMMANDS["eks-gpu"], *option, **off)
    assert (done.returncode, done.stderr) == (0, "The preflight is off: nothing was checked; written to dist/\n")
    assert "- arm64" in (project / "dist/0002-node-pools.k8s.yaml").read_text(encoding="utf-8")


def test_manifests_with_an_error_are_not_written(project, command):
    """A pool whose pods no machine can host is told as `eks-gpu check` tells it, and dist/ stays as it was."""
    config, before = project / "cluster.yaml", contents(project / "dist")
    config.write_text(config.read_text(encoding="utf-8").replace("[amd64]", "[arm64]"), encoding="utf-8")
    done = run(project, *command)
    assert done.returncode == 2
    assert re.match(r"cluster.yaml:\d+: error scheduling/no-host Pod/efa-test-pod smokeTests.efa\n", done.stderr)
    assert done.stderr.endswith("Nothing was written.\n")
    assert "Traceback" not in done.stderr
    assert contents(project / "dist") == before


def test_files_of_removed_charts_go(project, command):
    """A plugin that is no longer wanted leaves no manifest behind, and the other files keep their names."""
    config = project / "cluster.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace(EFA, ""), encoding="utf-8")
    assert run(project, *command).returncode == 0
    assert sorted(path.name for path in (project / "dist").iterdir()) == [
        ".eks-gpu",
        "0000-nvidia-device-plugin.k8s.yaml",
        "0002-node-pools.k8s.yaml",
        "smoke-tests",
    ]


REGISTRY = "imageRegistry: r.example.com"
BAD = {
    "missing": (None, "cannot be read: No such file or directory; `eks-gpu init` creates one"),
    "not YAML": ("a: [", "not valid YAML"),
    "empty": ("", "the file is empty"),
    "wrong type": ("nodePools: 3\n", "nodePools: must be a mapping (key: value), not '3'"),
    "unknown key": ("nodePoolz: {}\n", "nodePoolz: unknown key; did you mean 'nodePools'?"),
    "never rendered": (
        "  nvidia: {values: {gfd: {noTimestamp: true}}}\n",
        "plugins.nvidia.values: `values` of nvidia-device-plugin 0.18.0 were never rendered. Helm 4 has to render",
    ),
    "unknown chart version": (
        "  nvidia: {version: 0.18.9}\n",
        "plugins.nvidia.version: nvidia-device-plugin '0.18.9' is none of the versions that come with this package;",
    ),
    "said twice": (
        "  nvidia: {values: {migStrategy: single}, migStrategy: none}\n",
        "plugins.nvidia.values: values.migStrategy of nvidia-device-plugin is what an option of the plugin sets too",
    ),
}


@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD)
def test_bad_input_gives_a_message_exit_code_2_and_nothing_else(project, command, text, words):
    """The user reads what to mend; no traceback is shown, and dist/ is untouched."""
    config, before = project / "cluster.yaml", contents(project)
    if text is None:
        config.unlink()
    elif text.startswith("  nvidia"):
        good = config.read_text(encoding="utf-8")
        config.write_text(good.replace(NVIDIA, text), encoding="utf-8")
    else:
        config.write_text(text, encoding="utf-8")
    done = run(project, *command)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    del before["cluster.yaml"]
    assert {name: data for name, data in contents(project).items() if name != "cluster.yaml"} == before


def test_a_read_only_place_is_an_error_with_its_name(project, command):
    """An output that cannot be written is told, by name, with exit code 2."""
    done = run(project, *command, CDK8S_OUTDIR="/proc/dist")
    assert done.returncode == 2
    assert "/proc/dist cannot be written" in done.stderr


def test_kubectl_meets_objects_in_an_order_that_works(project):
    """Namespaces and CRDs come before all others, and the node class before the pool that names it."""
    names = sorted(path.name for path in (project / "dist").glob("*.yaml"))
    kinds = [each["kind"] for name in names for each in documents(project / "dist", name)]
    assert kinds[:4] == ["Namespace", *["CustomResourceDefinition"] * 3]
    assert kinds[-2:] == ["EC2NodeClass", "NodePool"]


def test_a_smoke_test_is_two_lines_of_configuration(project):
    """Without the section there is no folder for kubectl to apply by mistake."""
    config = project / "cluster.yaml"
    config.write_text(config.read_text(encoding="utf-8").partition("smokeTests:")[0], encoding="utf-8")
    assert run(project, "main.py").returncode == 0
    assert not (project / "dist" / "smoke-tests").exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot kill a process like this")
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_a_killed_synthesis_leaves_one_whole_output(project, share):
    """Whenever it is killed, dist/ holds the old files or the new ones, never some of both."""
    config = project / "cluster.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace(EFA, ""), encoding="utf-8")
    before = contents(project / "dist")
    started = time.perf_counter()
    assert run(project, "main.py", CDK8S_OUTDIR="elsewhere").returncode == 0
    length, after = time.perf_counter() - started, contents(project / "elsewhere")
    process = subprocess.Popen([sys.executable, "main.py"], cwd=project)
    time.sleep(length * share)
    process.kill()
    process.wait()
    recover(project / "dist")
    assert contents(project / "dist") in (before, after)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups like these")
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_ctrl_c_ends_synthesis_at_once(project, command, share):
    """Whenever it comes, to Python and Node.js alike: one word, exit code 130, no traceback, and dist/ is whole."""
    started = time.perf_counter()
    assert run(project, *command, CDK8S_OUTDIR="elsewhere").returncode == 0
    length, after = time.perf_counter() - started, contents(project / "elsewhere")
    shutil.rmtree(project / "dist")
    process = subprocess.Popen(
        [sys.executable, *command], cwd=project, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(length * share)
    with suppress(PermissionError):  # macOS: it is done already
        os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert "Traceback" not in errors
    if process.returncode == -signal.SIGINT:  # All was written, and Python on its way out: for a shell that is 130 too.
        assert contents(project / "dist") == after
    elif process.returncode != 0:  # Else it was done already.
        assert process.returncode == 130
        assert errors.endswith("Interrupted.\n")
    recover(project / "dist")
    assert contents(project / "dist") in ({}, after)


def test_files_of_others_stay_and_are_listed_once(project, command):
    """Whatever a team puts into dist/, by hand or for other tools, is neither lost nor in the way."""
    mine = {"mine.k8s.yaml", ".gitkeep", "kustomization.yaml", "smoke-tests/notes.md"}
    for name in mine:
        (project / "dist" / name).write_text("mine", encoding="utf-8")
    done = run(project, *command)
    assert done.returncode == 0
    names = ".gitkeep, kustomization.yaml, mine.k8s.yaml, smoke-tests/notes.md"
    assert f"dist/ also has files that are not generated, and keeps them: {names}\n" in done.stderr
    assert {(project / "dist" / name).read_text(encoding="utf-8") for name in mine} == {"mine"}


def test_another_cluster_does_not_take_the_output_of_the_first(project, command):
    """A second configuration does not silently delete what the first has written."""
    before, config = contents(project / "dist"), project / "cluster.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("name: training-on-eks", "name: b"), encoding="utf-8")
    done = run(project, *command)
    assert done.returncode == 2
    assert "dist has the manifests of the cluster 'training-on-eks', not of 'b'" in done.stderr
    assert contents(project / "dist") == before


def test_the_messages_name_the_line(project):
    """An editor can jump from the message to the line."""
    config = project / "cluster.yaml"
    text = config.read_text(encoding="utf-8").replace("capacityTypes: [spot", "capacityTypes: [spott")
    config.write_text(text, encoding="utf-8")
    done = run(project, "main.py")
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "spott" in line)
    assert re.match(rf"cluster\.yaml:{line}: nodePools\.gpu\.capacityTypes\[0\]: 'spott' is none of", done.stderr)


def test_another_file_can_be_named(project):
    """`python main.py FILE` and `eks-gpu synth --config FILE` read another file."""
    Path(project / "cluster.yaml").rename(project / "other.yaml")
    assert run(project, "main.py", "other.yaml").returncode == 0
    assert run(project, *COMMANDS["eks-gpu"], "--config", "other.yaml", "--output", "out").returncode == 0
    assert contents(project / "out") == contents(project / "dist")


def test_a_rendering_that_was_changed_by_hand_stops_synthesis(project):
    """An image that somebody slipped into the project's own store does not get into dist/."""
    store = shutil.copytree(ROOT / "imports/cdk8s_eks_gpu_charts", project / "imports/cdk8s_eks_gpu_charts")
    file = store / "nvidia-device-plugin-0.18.0.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("nvcr.io/nvidia", "evil.example.com"), encoding="utf-8")
    before = contents(project)
    done = run(project, "-m", "cdk8s_eks_gpu", "synth")
    assert done.returncode == 2
    assert "nvidia-device-plugin-0.18.0.json is not what was rendered: it or its lock was changed" in done.stderr
    assert contents(project) == before


@pytest.mark.parametrize("kubernetes", ["1.29", "1.33", "1.36"])
def test_another_kubernetes_version_needs_no_helm(project, kubernetes):
    """Tolerations, time slicing, a registry and a region, for another Kubernetes: all from what is shipped."""
    config = project / "cluster.yaml"
    text = config.read_text(encoding="utf-8").replace('"1.34"', f'"{kubernetes}"\n  region: eu-west-1\n  {REGISTRY}')
    options = "{timeSlicing: {replicas: 4}, tolerations: [{key: team, operator: Exists}], namespace: gpu, release: gpu}"
    config.write_text(text.replace(NVIDIA, f"  nvidia: {options}\n"), encoding="utf-8")
    done = run(project, "-m", "cdk8s_eks_gpu", "synth")
    assert done.returncode == 0, done.stderr
    written = (project / "dist/0000-nvidia-device-plugin.k8s.yaml").read_text(encoding="utf-8")
    assert "r.example.com/nvidia/k8s-device-plugin:v0.18.0" in written
    assert not (project / "imports").exists()
