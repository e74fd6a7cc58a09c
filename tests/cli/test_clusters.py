"""Several clusters of one repository: cluster.yaml, and clusters/ on top of a base."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main
from cdk8s_eks_gpu.marker import read_marker
from cdk8s_eks_gpu.output import recover_all

CLUSTER = """\
extends: ../base.yaml
cluster:
  name: {name}
  karpenterVersion: "{karpenter}"
"""
COMMANDS = {"main.py": ["main.py"], "eks-gpu": ["-m", "cdk8s_eks_gpu", "synth"]}


def run(project, *arguments):
    """Run Python in the project and return what came of it."""
    return subprocess.run([sys.executable, *arguments], cwd=project, capture_output=True, text=True, check=False)


def contents(folder):
    """Return the bytes of each file below the folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def clusters(project):
    """Return a project of three clusters on one base, without a dist/."""
    text = (project / "cluster.yaml").read_text(encoding="utf-8")
    base = text.replace("  name: training-on-eks\n", "").replace('  karpenterVersion: "1.14.1"\n', "")
    (project / "clusters").mkdir()
    (project / "base.yaml").write_text(base, encoding="utf-8")
    (project / "cluster.yaml").unlink()
    for path in sorted((project / "dist").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    for name, karpenter in (("dev", "1.13"), ("prod", "1.14.1"), ("west", "1.15")):
        file = project / "clusters" / f"{name}.yaml"
        file.write_text(CLUSTER.format(name=name, karpenter=karpenter), encoding="utf-8")
    return project


def test_a_finding_in_a_base_says_for_which_cluster_it_is(clusters, monkeypatch):
    """Three clusters have the same finding at the same line of the base; each says which cluster it is about."""
    monkeypatch.chdir(clusters)
    done = CliRunner().invoke(main, ["check", "--format", "json"])
    found = [each for each in json.loads(done.stdout)["findings"] if each["rule"] == "ami/latest"]
    assert {each["file"] for each in found} == {"base.yaml"}
    by_cluster = {each["cluster"]: each["message"] for each in found}
    assert by_cluster.keys() == {"dev", "prod", "west"}
    assert all(message.startswith(f"Cluster {name}: ") for name, message in by_cluster.items())
    alone = CliRunner().invoke(main, ["check", "clusters/dev.yaml", "--format", "json"])
    (item, *_) = [each for each in json.loads(alone.stdout)["findings"] if each["rule"] == "ami/latest"]
    assert (item["cluster"], item["message"]) == ("dev", by_cluster["dev"].removeprefix("Cluster dev: "))


def test_each_cluster_has_a_folder_with_its_own_versions(clusters):
    """One command writes all; each object says its cluster, and each folder its versions."""
    done = run(clusters, "main.py")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (clusters / "dist").iterdir()) == ["dev", "prod", "west"]
    markers = [read_marker(clusters / "dist" / name) for name in ("dev", "prod", "west")]
    assert [(each.cluster, each.karpenter) for each in markers] == [
        ("dev", "1.13"),
        ("prod", "1.14.1"),
        ("west", "1.15"),
    ]
    for name in ("dev", "prod", "west"):
        folder = clusters / "dist" / name
        assert set(contents(folder)) == {".eks-gpu", *read_marker(folder).files}
        text = (folder / "0002-node-pools.k8s.yaml").read_text(encoding="utf-8")
        assert text.count(f"eks-gpu.io/cluster: {name}\n") == 2
        assert f"KarpenterNodeRole-{name}" in text


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_file_of_clusters_goes_to_its_folder_alone_too(clusters, command):
    """`make synth CONFIG=clusters/prod.yaml` writes that cluster and touches no other."""
    assert run(clusters, "main.py").returncode == 0
    before = contents(clusters / "dist")
    prod = clusters / "clusters/prod.yaml"
    prod.write_text(prod.read_text(encoding="utf-8") + "smokeTests: null\n", encoding="utf-8")
    assert run(clusters, *command, "clusters/prod.yaml").returncode == 0
    after = contents(clusters / "dist")
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {
        "prod/.eks-gpu",
        "prod/smoke-tests/gpu-smoke-test.k8s.yaml",
        "prod/smoke-tests/efa-smoke-test.k8s.yaml",
    }


def test_an_error_in_one_cluster_writes_none(clusters):
    """Each problem is told by the file and line where it stands, that of the base once; dist/ stays as it was."""
    base, dev, west = (clusters / name for name in ("base.yaml", "clusters/dev.yaml", "clusters/west.yaml"))
    base.write_text(base.read_text(encoding="utf-8").replace("720h", "30 days"), encoding="utf-8")
    dev.write_text(dev.read_text(encoding="utf-8") + "nodePoolz: {}\n", encoding="utf-8")
    west.write_text(west.read_text(encoding="utf-8").replace("1.15", "9.9"), encoding="utf-8")
    done = run(clusters, "main.py")
    line = next(at for at, text in enumerate(base.read_text(encoding="utf-8").splitlines(), 1) if "30 days" in text)
    assert done.returncode == 2
    found = [each.partition(": ")[0] for each in done.stderr.splitlines()]
    assert found.count(f"base.yaml:{line}") == 1
    assert "clusters/dev.yaml:5" in found
    assert "clusters/west.yaml:4" in found
    assert "Traceback" not in done.stderr
    assert contents(clusters / "dist") == {}


def test_a_finding_in_one_cluster_writes_none(clusters):
    """What the preflight refuses of one cluster is told with its folder, and no cluster is written."""
    prod = clusters / "clusters/prod.yaml"
    prod.write_text(prod.read_text(encoding="utf-8") + "nodePools: {gpu: {architectures: [arm64]}}\n", encoding="utf-8")
    done = run(clusters, "main.py")
    assert done.returncode == 2
    assert "scheduling/no-host" in done.stderr
    assert contents(clusters / "dist") == {}


def test_two_clusters_of_one_name_are_refused(clusters):
    """One would overwrite the other's folder; names that differ in case only would on some systems."""
    dev = clusters / "clusters/dev.yaml"
    dev.write_text(dev.read_text(encoding="utf-8").replace("name: dev", "name: Prod"), encoding="utf-8")
    done = run(clusters, "main.py")
    assert done.returncode == 2
    assert "clusters/prod.yaml: cluster.name: the manifests of 'prod' would go to dist/prod" in done.stderr


def test_cluster_yaml_goes_to_dist_itself(clusters):
    """Beside the folders of the others; and an output that no file leads to any more is told, not deleted."""
    text = (clusters / "clusters/prod.yaml").read_text(encoding="utf-8").replace("../", "")
    (clusters / "cluster.yaml").write_text(text, encoding="utf-8")
    (clusters / "clusters/prod.yaml").unlink()
    assert run(clusters, "main.py").returncode == 0
    assert sorted(path.name for path in (clusters / "dist").iterdir() if path.is_dir()) == [
        "dev",
        "smoke-tests",
        "west",
    ]
    assert read_marker(clusters / "dist").cluster == "prod"
    (clusters / "clusters/west.yaml").unlink()
    done = run(clusters, "main.py")
    assert done.returncode == 0
    assert done.stderr.endswith(
        "dist/west has the manifests of the cluster 'west', which no file describes: delete it\n"
    )
    assert read_marker(clusters / "dist/west").cluster == "west"


def test_a_killed_run_leaves_each_cluster_whole(clusters):
    """Of several clusters, each has all old or all new files."""
    assert run(clusters, "main.py").returncode == 0
    old = contents(clusters / "dist")
    base = clusters / "base.yaml"
    base.write_text(base.read_text(encoding="utf-8").replace("720h", "700h"), encoding="utf-8")
    process = subprocess.Popen([sys.executable, "main.py"], cwd=clusters, stderr=subprocess.DEVNULL)
    pools = clusters / "dist/dev/0002-node-pools.k8s.yaml"
    while process.poll() is None and b"720h" in pools.read_bytes():
        pass
    process.kill()
    process.wait()
    recover_all(clusters / "dist")
    left = contents(clusters / "dist")
    assert set(left) == set(old)
    assert b"700h" in left["dev/0002-node-pools.k8s.yaml"]


def ask(*arguments):
    """Run a command of eks-gpu that needs no Node.js, and return what it prints."""
    done = CliRunner().invoke(main, [str(each) for each in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def beside(clusters, monkeypatch):
    """Return the project of three clusters, as the working directory."""
    monkeypatch.chdir(clusters)
    return clusters


@pytest.mark.parametrize("targets", [["clusters"], ["clusters/dev.yaml", "clusters/prod.yaml", "clusters/west.yaml"]])
def test_check_judges_each_cluster_for_its_own_versions(beside, targets):
    """Pools of one name in several clusters are not mixed up, and the base is none of them."""
    prod = beside / "clusters/prod.yaml"
    prod.write_text(prod.read_text(encoding="utf-8") + "nodePools: {gpu: {architectures: [arm64]}}\n", encoding="utf-8")
    done = ask("check", *targets, "--format", "json")
    report = json.loads(done.stdout)
    assert done.exit_code == 1
    wrong = [(each["file"], each["path"]) for each in report["findings"] if each["severity"] == "error"]
    assert wrong == [
        ("base.yaml", "smokeTests.efa")
    ]  # the file that says it; the pool of prod alone has no host for it
    versions = {each["cluster"]: each["karpenter"] for each in report["versions"]}
    assert versions == {"dev": "1.13", "prod": "1.14.1", "west": "1.15"}


def test_check_tells_what_is_wrong_with_every_file(beside):
    """All files that cannot be used are told at once, that of the base once."""
    for name in ("dev", "prod"):
        file = beside / f"clusters/{name}.yaml"
        file.write_text(file.read_text(encoding="utf-8") + "nodePoolz: {}\n", encoding="utf-8")
    (beside / "base.yaml").write_text(
        (beside / "base.yaml").read_text(encoding="utf-8").replace("720h", "x"), encoding="utf-8"
    )
    done = ask("check", "clusters")
    assert done.exit_code == 2
    found = [line.partition(": ")[0].partition(":")[0] for line in done.stderr.splitlines()]
    assert sorted(found) == ["base.yaml", "clusters/dev.yaml", "clusters/prod.yaml"]


def test_explain_answers_for_each_cluster(beside):
    """Without a target, all clusters of the project are explained, each by itself."""
    dev = beside / "clusters/dev.yaml"
    dev.write_text(dev.read_text(encoding="utf-8") + "nodePools: {gpu: {instanceFamilies: [g6]}}\n", encoding="utf-8")
    answers = json.loads(ask("explain", "--format", "json").stdout)["clusters"]
    assert list(answers) == ["dev", "prod", "west"]
    families = {
        name: {each.split(".")[0] for each in found["pools"]["gpu"]["instanceTypes"]} for name, found in answers.items()
    }
    assert families["dev"] == {"g6"}
    assert "p5" in families["prod"]
    assert [found["versions"]["karpenter"] for found in answers.values()] == ["1.13", "1.14.1", "1.15"]
    assert "Cluster west" in ask("explain").stdout
    assert list(json.loads(ask("explain", "clusters/prod.yaml", "--format", "json").stdout)["pools"]) == ["gpu"]


def test_a_job_is_asked_about_on_each_cluster(beside):
    """`eks-gpu explain job.yaml` says where it can run in each of them."""
    container = "{name: x, image: x:1, resources: {limits: {nvidia.com/gpu: 8}}}"
    tolerations = "[{key: nvidia.com/gpu, operator: Exists}]"
    spec = f"{{containers: [{container}], tolerations: {tolerations}}}"
    job = f"{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {spec}}}"
    (beside / "job.yaml").write_text(job, encoding="utf-8")
    answers = json.loads(ask("explain", "job.yaml", "--format", "json").stdout)["clusters"]
    assert {name: list(found["workloads"]) for name, found in answers.items()} == {
        name: ["Pod/x"] for name in ("dev", "prod", "west")
    }


def test_a_difference_is_reported_for_each_cluster(beside):
    """What a change admits and drops, by the names of the clusters; a single file is held against its own."""
    other = beside / "other"
    (other / "clusters").mkdir(parents=True)
    for name in ("base.yaml", "clusters/dev.yaml", "clusters/prod.yaml", "clusters/west.yaml"):
        text = (beside / name).read_text(encoding="utf-8")
        (other / name).write_text(text, encoding="utf-8")
    west = other / "clusters/west.yaml"
    west.write_text(west.read_text(encoding="utf-8") + "nodePools: {gpu: {instanceFamilies: [g6]}}\n", encoding="utf-8")
    changes = json.loads(ask("explain", "--diff", "other/clusters", "--format", "json").stdout)["clusters"]
    assert changes["dev"] == changes["prod"] == {"pools": {}, "workloads": {}}
    assert "p5.48xlarge" in changes["west"]["pools"]["gpu"]["dropped"]
    single = json.loads(ask("explain", "--diff", "other/clusters/west.yaml", "--format", "json").stdout)
    assert single == changes["west"]
