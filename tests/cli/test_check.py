"""`eks-gpu check` as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from tests.pure.preflight.stacks import daemon_set, job, node_class, pod, pool

from cdk8s_eks_gpu.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def check(*arguments, text=None):
        return CliRunner().invoke(main, ["check", *arguments], input=text)

    return check


def write(path, *manifests):
    """Write the manifests into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(manifests))


def test_a_folder_without_errors_is_code_0(run, tmp_path):
    """Warnings do not fail the check."""
    write(tmp_path / "dist/pools.yaml", pool(), node_class(amiSelectorTerms=[{"alias": "al2023@latest"}]), pod())
    result = run("dist")
    assert result.exit_code == 0
    assert "ami/latest" in result.output
    assert "3 objects in 1 file: 1 warning" in result.output


def test_errors_are_code_1(run, tmp_path):
    """An error fails the check, and the file and line are named."""
    write(tmp_path / "pools.yaml", pool(own=True), node_class())
    result = run("pools.yaml", "--format", "json")
    assert result.exit_code == 1
    report = json.loads(result.output)
    assert [(each["rule"], each["file"], each["path"]) for each in report["findings"]] == [
        ("schema/unknown-field", "pools.yaml", "spec.own")
    ]
    assert report["summary"]["errors"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "nope: no such file or folder"),
        (["-", "--karpenter", "2.0"], "unknown Karpenter version '2.0'. Known are"),
        (["-", "--kubernetes", "one"], "unknown Kubernetes version 'one'. Known are"),
        (["-", "--only", "scheme"], "unknown group of rules 'scheme'; did you mean 'schema'? There are manifest, "),
        (["-", "--format", "xml"], "Invalid value"),
    ],
)
def test_what_cannot_run_is_code_2(run, arguments, said):
    """A check that could not run is told apart from one that found errors, without a traceback."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_manifests_come_from_the_standard_input_too(run):
    """`-` reads what another tool prints."""
    assert run("-", text=yaml.safe_dump(pool(), sort_keys=False)).exit_code == 0
    assert run("-", text="a: [").exit_code == 1


def test_versions_decide(run):
    """A field is judged by the Karpenter version that the user names."""
    text = yaml.safe_dump(node_class(networkInterfaces=[]))
    assert run("-", text=text).exit_code == 0
    result = run("-", "--karpenter", "1.10", text=text)
    assert result.exit_code == 1
    assert "came with Karpenter 1.11" in result.output


CLUSTER = """\
cluster: {name: demo, kubernetesVersion: "1.34", karpenterVersion: "%s"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: demo}
nodePools:
  gpu: {nodeClass: gpu, instanceTypes: [%s], replicas: 2}
smokeTests:
  gpu: {}
"""


@pytest.mark.parametrize(
    ("version", "instance_type", "rule"),
    [
        ("1.14.1", "p5.48xlarge", None),
        ("1.14.1", "c5.large", "scheduling/no-host"),
    ],
)
def test_a_configuration_is_checked_by_its_manifests(run, tmp_path, version, instance_type, rule):
    """Of a cluster.yaml, all manifests are checked, for the versions it or the options name."""
    (tmp_path / "cluster.yaml").write_text(CLUSTER % (version, instance_type))
    result = run("cluster.yaml", "--format", "json")
    assert result.exit_code == (0 if rule is None else 1)
    errors = [each["rule"] for each in json.loads(result.output)["findings"] if each["severity"] == "error"]
    assert errors == ([] if rule is None else [rule])
    older = run("cluster.yaml", "--karpenter", "1.0", "--only", "schema")
    assert older.exit_code == 1
    assert "schema/newer-field" in older.output


def test_a_configuration_that_cannot_be_used_is_code_2(run, tmp_path):
    """The user reads what to mend in it."""
    (tmp_path / "cluster.yaml").write_text((CLUSTER % ("1.14.1", "p5.48xlarge")).replace("nodePools", "nodePoolz"))
    result = run("cluster.yaml")
    assert result.exit_code == 2
    assert "did you mean 'nodePools'?" in result.output


def test_only_takes_groups_with_commas(run):
    """Several groups are given in one option."""
    text = yaml.safe_dump(node_class(own=1, amiSelectorTerms=[{"alias": "al2023@latest"}]))
    assert run("-", "--only", "ami, scheduling", text=text).exit_code == 0
    assert run("-", "--only", "ami,schema", text=text).exit_code == 1


def test_hostile_files_are_findings_not_crashes(run, tmp_path):
    """Deep nesting, explosive aliases, rubbish, pipes and files without a right to read them are all reported."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "deep.yaml").write_text("[" * 100_000)
    (folder / "deep.json").write_text('{"a":' * 50_000)
    (folder / "rubbish.yaml").write_bytes(bytes(range(256)) * 100)
    (folder / "latin.yaml").write_bytes("a: ä".encode("latin-1"))
    (folder / "dangling.yaml").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.yaml")
    bomb = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)]
    (folder / "bomb.yaml").write_text("\n".join(bomb))
    result = run("bad", "--format", "json")
    findings = json.loads(result.output)["findings"]
    assert result.exit_code == 1
    assert {each["file"] for each in findings} == {f"bad/{name}" for name in (each.name for each in folder.iterdir())}
    assert {each["rule"] for each in findings} == {"manifest/invalid-yaml", "manifest/unreadable"}


@pytest.mark.parametrize(
    "manifest",
    [
        {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": [], "spec": {"template": 1}},
        {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "spec": {"template": {"spec": {"requirements": [1, None]}}},
        },
        {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": 1}, "spec": []},
        {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "spec": {"networkInterfaces": [[], {}]}},
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"annotations": [], "labels": 1},
            "spec": {"containers": [1, {}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "spec": {"selector": 1, "template": {"spec": {"containers": {}}}},
        },
        {"apiVersion": "v1", "kind": "List", "items": [1, None, {"kind": []}, {"kind": "List", "items": 3}]},
        {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"name": {}}]}},
        {"apiVersion": 1, "kind": ["Pod"]},
        {"apiVersion": "a/b/c", "kind": "X"},
    ],
)
def test_unexpected_shapes_do_not_crash(run, manifest):
    """Whatever has the wrong type is a finding, never a traceback."""
    result = run("-", text=json.dumps(manifest))
    assert result.exit_code == 1, result.output
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit)


def test_the_check_needs_neither_node_nor_cdk8s():
    """Judging manifests imports no jsii, so that it starts at once."""
    code = "import sys; from cdk8s_eks_gpu.preflight import check; check({'a': 'kind: Pod'}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"jsii", "cdk8s", "constructs", "cdk8s_eks_gpu_crds", "pydantic"} & set(loaded)


def test_the_github_action_runs_the_check(tmp_path):
    """The last step of action.yml, run as GitHub runs it, marks errors and fails."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    step = action["runs"]["steps"][-1]
    write(tmp_path / "dist/pools.yaml", pool(own=True), node_class())
    given = {f"${{{{ inputs.{name} }}}}": entry["default"] for name, entry in action["inputs"].items()}
    environment = {name: given[value] for name, value in step["env"].items()}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],  # noqa: S607 -- as GitHub finds it
        check=False,
        cwd=tmp_path,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=dist/pools.yaml,line=")


def test_the_pre_commit_hook_names_a_command_that_takes_files(tmp_path):
    """pre-commit puts the changed files behind the entry."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    write(tmp_path / "a.yaml", pool(), node_class())
    command, *arguments = hook["entry"].split()
    assert command == "eks-gpu"
    assert CliRunner().invoke(main, [*arguments, str(tmp_path / "a.yaml")]).exit_code == 0


def test_no_object_is_no_success(run, tmp_path):
    """A folder of other tools' files, a chart and an empty standard input are code 2, and say what to do."""
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart/Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (tmp_path / "tf").mkdir()
    (tmp_path / "tf/main.tf").write_text("")
    chart = run("chart")
    assert chart.exit_code == 2
    assert "1 Helm chart (chart: helm template NAME chart | eks-gpu check -)" in chart.output
    assert run("tf").exit_code == run("tf/main.tf").exit_code == run("-", text="").exit_code == 2
    assert json.loads(run("tf", "--format", "json").stdout)["summary"]["notJudged"] == [
        {"what": "Terraform file", "path": "tf/main.tf", "advice": ""}
    ]


def test_one_line_says_what_was_checked_and_what_was_not(run, tmp_path):
    """One line counts objects, kustomizations and what belongs to others."""
    write(tmp_path / "all/k/kustomization.yaml", {"resources": ["pools.yaml"]})
    write(tmp_path / "all/k/pools.yaml", pool(), node_class())
    write(tmp_path / "all/a.tf", {})
    write(tmp_path / "all/b.tf", {})
    assert (
        "2 objects in 1 file, 1 kustomization built: no findings. Not checked: 2 Terraform files.\n"
        in run("all").output
    )


def test_a_configuration_in_a_folder_is_checked_alone_and_named_beside_manifests(run, tmp_path):
    """A folder with nothing but a cluster.yaml is judged by it; beside manifests it says how to judge it."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own/cluster.yaml").write_text(CLUSTER % ("1.14.1", "p5.48xlarge"))
    assert json.loads(run("own", "--format", "json").stdout)["summary"]["objects"] > 1
    write(tmp_path / "own/pools.yaml", pool(), node_class())
    result = run("own")
    assert "2 objects in 1 file" in result.output
    assert "1 configuration (own/cluster.yaml: eks-gpu check own/cluster.yaml)" in result.output


def test_findings_on_a_configuration_are_at_its_own_lines(run, tmp_path):
    """The file is the cluster.yaml, the path its option, the line that of the option."""
    (tmp_path / "cluster.yaml").write_text((CLUSTER % ("1.14.1", "p5.48xlarge")).replace("v20250920", "latest"))
    findings = json.loads(run("cluster.yaml", "--format", "json").stdout)["findings"]
    latest = next(each for each in findings if each["rule"] == "ami/latest")
    assert (latest["file"], latest["line"], latest["path"]) == ("cluster.yaml", 3, "nodeClasses.gpu.ami")


def test_the_missing_toleration_is_ready_to_paste(run, tmp_path):
    """A device plugin that does not land says the toleration as YAML."""
    taint = {"key": "aws.amazon.com/neuron", "value": "true", "effect": "NoSchedule"}
    neuron = pool(requirements={"node.kubernetes.io/instance-type": ["trn1.32xlarge"]}, taints=[taint])
    plugin = daemon_set("neuron", "public.ecr.aws/neuron/neuron-device-plugin:2", "k8s-neuron-device-plugin")
    write(tmp_path / "stack.yaml", neuron, node_class(), plugin)
    toleration = 'tolerations: [{key: aws.amazon.com/neuron, operator: Equal, value: "true", effect: NoSchedule}]'
    assert toleration in run("stack.yaml").output


@pytest.mark.parametrize("folder", [".", "jobs"])
def test_a_job_is_checked_with_the_pools_of_cluster_yaml(tmp_path, monkeypatch, folder):
    """A job without pools has no host in those of the project, as explain says; findings about these are left out."""
    monkeypatch.chdir(tmp_path)
    config = (ROOT / "cluster.yaml").read_text(encoding="utf-8").replace("al2023@v20251112", "al2023@latest")
    Path("cluster.yaml").write_text(config, encoding="utf-8")
    Path(folder).mkdir(exist_ok=True)
    file = Path(folder) / "job.yaml"
    write(file, job("train", pod(limits={"nvidia.com/gpu": 16})))
    result = CliRunner().invoke(main, ["check", "-f", "json", str(file)])
    answer = json.loads(result.stdout)
    assert [(each["rule"], each["file"]) for each in answer["findings"]] == [("scheduling/no-host", str(file))]
    assert answer["summary"]["poolsFrom"] == "cluster.yaml"
    assert (answer["summary"]["objects"], answer["versions"][0]["karpenterFrom"]) == (1, "cluster.yaml")
    assert result.exit_code == 1
    text = CliRunner().invoke(main, ["check", folder]).stdout
    assert "1 object in 1 file, with the pools of cluster.yaml: 1 error" in text
    explained = CliRunner().invoke(main, ["explain", "-f", "json", str(file)])
    assert json.loads(explained.stdout)["workloads"]["Job/train"]["launch"] is None
    fits = yaml.safe_dump(job("train", pod()))
    assert CliRunner().invoke(main, ["check", "-"], input=fits).exit_code == 0


def test_a_job_beside_the_configuration_of_another_tool(tmp_path, monkeypatch):
    """A cluster.yaml that is none of ours has no pools to take, and is no error."""
    monkeypatch.chdir(tmp_path)
    Path("cluster.yaml").write_text("apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n", encoding="utf-8")
    write(Path("job.yaml"), job("train", pod(limits={"nvidia.com/gpu": 16})))
    result = CliRunner().invoke(main, ["check", "job.yaml"])
    assert (result.exit_code, "pools of" in result.stdout) == (0, False)


def test_a_job_of_one_of_several_clusters(tmp_path, monkeypatch):
    """Which cluster it is for is not known: it is checked by itself, unless the cluster is named."""
    monkeypatch.chdir(tmp_path)
    Path("clusters").mkdir()
    config = (ROOT / "cluster.yaml").read_text(encoding="utf-8")
    for name in ("a", "b"):
        Path(f"clusters/{name}.yaml").write_text(config.replace("training-on-eks", name), encoding="utf-8")
    write(Path("job.yaml"), job("train", pod(limits={"nvidia.com/gpu": 16})))
    assert CliRunner().invoke(main, ["check", "job.yaml"]).exit_code == 0
    named = CliRunner().invoke(main, ["check", "-c", "clusters/a.yaml", "job.yaml"])
    assert "error scheduling/no-host Job/train" in named.stdout
    result = CliRunner().invoke(main, ["explain", "-f", "json", "job.yaml"])
    assert list(json.loads(result.stdout)["clusters"]) == ["a", "b"]


def test_an_object_of_the_project_that_is_checked_by_itself(tmp_path, monkeypatch):
    """A file of what cluster.yaml describes is not told that the object is there twice."""
    monkeypatch.chdir(tmp_path)
    Path("cluster.yaml").write_text((ROOT / "cluster.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    Path("pod.yaml").write_text((ROOT / "dist/smoke-tests/gpu-smoke-test.k8s.yaml").read_text(encoding="utf-8"))
    assert json.loads(CliRunner().invoke(main, ["check", "-f", "json", "pod.yaml"]).stdout)["findings"] == []
