"""`eks-gpu explain` as a user runs it."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from rehearsal import versions
from tests.pure.preflight.stacks import daemon_set, node_class, pod, pool

from cdk8s_eks_gpu.cli import main
from cdk8s_eks_gpu.cli.revisions import other_state

EKS_GPU = Path(sys.executable).parent / "eks-gpu"
ROOT = Path(__file__).parents[2]

CLUSTER = """
cluster: {name: demo, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: demo, rootVolume: {size: 300Gi}}
nodePools:
  gpu: {nodeClass: gpu, architectures: [amd64], instanceFamilies: [g6, p5]}
smokeTests:
  gpu: {}
  efa: {nodePool: gpu}
"""
POD = """
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  template:
    spec:
      restartPolicy: Never
      tolerations: [{key: nvidia.com/gpu, operator: Exists}]
      containers:
        - {name: main, image: train, resources: {limits: {nvidia.com/gpu: 8, vpc.amazonaws.com/efa: 32}}}
"""
POOL = """
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: %s}
spec:
  template:
    spec:
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
      requirements: [{key: %s, operator: %s, values: [%s]}]
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the command in a folder with a cluster.yaml."""
    (tmp_path / "cluster.yaml").write_text(CLUSTER)

    def run(*arguments, stdin=None, environment=None):
        return subprocess.run(
            [EKS_GPU, "explain", *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            input=stdin,
            env=environment or {"PATH": "/usr/bin:/bin"},
        )

    return run


@pytest.fixture
def ask(run):
    """Return a function that runs the command and returns its JSON."""

    def ask(*arguments, stdin=None):
        done = run(*arguments, "--format", "json", stdin=stdin)
        assert done.stderr == ""
        assert done.returncode == 0
        return json.loads(done.stdout)

    return ask


def test_cluster_yaml(ask):
    """Without a target, cluster.yaml is explained: pools, device plugins and smoke tests."""
    answer = ask()
    g6 = [f"g6.{size}" for size in ("12xlarge", "16xlarge", "24xlarge", "2xlarge", "48xlarge", "4xlarge")]
    types = [*g6, "g6.8xlarge", "g6.xlarge", "p5.48xlarge", "p5.4xlarge"]
    assert answer["pools"]["gpu"]["instanceTypes"] == types
    assert answer["workloads"]["Pod/gpu-pod"]["pools"]["gpu"]["instanceTypes"] == types
    efa = answer["workloads"]["Pod/efa-test-pod"]["pools"]["gpu"]
    assert efa["instanceTypes"] == [name for name in types if name not in efa["rejected"]]
    assert efa["rejected"]["g6.xlarge"] == "insufficient vpc.amazonaws.com/efa: requested 1, allocatable 0"
    assert answer["facts"]["version"] == "v1.15.1"
    assert answer["rehearsedAgainst"] == {"karpenter": versions.KARPENTER, "kubernetes": versions.KUBERNETES}


def test_a_manifest_beside_the_pools_of_cluster_yaml(ask, tmp_path):
    """A manifest without pools is asked about in the pools of cluster.yaml."""
    (tmp_path / "job.yaml").write_text(POD)
    workloads = ask("job.yaml")["workloads"]
    assert list(workloads) == ["Job/train"]
    job = workloads["Job/train"]
    assert job["launch"] == {"nodePool": "gpu", "instanceTypes": ["p5.48xlarge"]}
    assert job["requests"] == {"nvidia.com/gpu": "8", "pods": "1", "vpc.amazonaws.com/efa": "32"}
    assert job["pools"]["gpu"]["instanceTypes"] == ["p5.48xlarge"]


def test_manifests_on_standard_input(ask):
    """With -, pools and pods are read from standard input."""
    text = f"{POOL % ('p4', 'karpenter.k8s.aws/instance-family', 'In', 'p4d')}---\n{POD}"
    answer = ask("-", stdin=text)
    assert answer["pools"]["p4"]["instanceTypes"] == ["p4d.24xlarge"]
    reason = answer["workloads"]["Job/train"]["pools"]["p4"]["rejected"]["p4d.24xlarge"]
    assert reason == "insufficient vpc.amazonaws.com/efa: requested 32, allocatable 4"


def test_a_folder(ask, tmp_path):
    """A folder is read with all its manifests, below it too; other files in it do not matter."""
    (tmp_path / "out" / "pools").mkdir(parents=True)
    (tmp_path / "out" / "pools" / "p4.yaml").write_text(POOL % ("p4", "karpenter.k8s.aws/instance-family", "In", "p4d"))
    (tmp_path / "out" / "job.yml").write_text(POD)
    (tmp_path / "out" / "values.yaml").write_text("gfd: {enabled: true}")
    answer = ask("out")
    assert (list(answer["pools"]), list(answer["workloads"])) == (["p4"], ["Job/train"])


def test_the_projects_own_configuration_and_manifests_agree(ask):
    """What cluster.yaml is said to lead to is what the synthesised manifests lead to."""
    assert ask(str(ROOT / "cluster.yaml")) == ask(str(ROOT / "dist"))


def test_an_instance_type_shows_its_efa_layouts(run, ask):
    """Cards, interfaces and sources, also of a type of which nothing else is known."""
    efa = ask("p6-b300.48xlarge")["efa"]
    assert (efa["networkCards"], efa["efaCards"]) == (17, [*range(1, 17)])
    assert [layout["efaInterfaces"] for layout in efa["layouts"].values()] == [16, 16]
    assert efa["layouts"]["ip-optimized"]["source"].startswith("https://docs.aws.amazon.com/AWSEC2/")
    page = run("p5.48xlarge", "-f", "markdown").stdout
    assert "| ip-optimized | 32 | 1 | interface 0,0; efa-only 0,1 and 1-31,0 |" in page
    newer = run("p6e-gb200.36xlarge")
    assert "newer than the facts of instance types" in newer.stdout
    assert ask("p6e-gb200.36xlarge")["efa"]["layouts"]["ip-optimized"]["efaInterfaces"] == 4
    assert "EFA layouts" not in run("g5.xlarge").stdout


def test_one_type(run, ask):
    """The name of a type describes it, in every format."""
    described = ask("p5.48xlarge")
    assert described["allocatable"]["vpc.amazonaws.com/efa"] == "32"
    assert described["networkCards"] == 32
    assert "8 x nvidia h100, 80 GiB each" in run("p5.48xlarge").stdout
    assert "| EFA | 32 interfaces on 32 network cards |" in run("p5.48xlarge", "-f", "markdown").stdout
    assert "fractional-gpu" in run("g6f.large").stdout


def test_difference(run, ask, tmp_path):
    """--diff says what another file admits and drops."""
    (tmp_path / "other.yaml").write_text(CLUSTER.replace("[g6, p5]", "[p4d, p5]"))
    change = ask("--diff", "other.yaml")["pools"]["gpu"]
    assert change["added"] == ["p4d.24xlarge"]
    assert len(change["dropped"]) == 8
    assert "admits p4d.24xlarge" in run("--diff", "other.yaml").stdout
    assert "No pool and no workload changes" in run("--diff", "cluster.yaml").stdout


def test_difference_to_a_revision(run, ask, tmp_path):
    """--diff with a Git revision says what the targets admit and drop since then; links to elsewhere are left out."""
    (tmp_path / "elsewhere").symlink_to("/etc/hostname")
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)  # noqa: S607 -- the git on the PATH
    (tmp_path / "cluster.yaml").write_text(CLUSTER.replace("[g6, p5]", "[p4d, p5]"))
    change = ask("--diff", "HEAD")["pools"]["gpu"]
    assert change["added"] == ["p4d.24xlarge"]
    assert len(change["dropped"]) == 8
    assert ask("--diff", "HEAD", str(tmp_path / "cluster.yaml"))["pools"]["gpu"] == change
    (tmp_path / "link").symlink_to(tmp_path)
    assert ask("--diff", "HEAD", str(tmp_path / "link" / "cluster.yaml"))["pools"]["gpu"] == change
    (tmp_path / "inner").mkdir()
    for target, message in (
        (tmp_path / "inner" / "cluster.yaml", "is not there at this revision"),
        (tmp_path.parent / f"{tmp_path.name}.yaml", "is not below the working directory"),
    ):
        target.write_text(CLUSTER)
        done = run(str(target), "--diff", "HEAD")
        assert done.returncode == 2
        assert message in done.stderr


def test_a_revision_is_read_without_filters_for_archives(tmp_path, monkeypatch):
    """Python 3.11.0 to 3.11.3, which Debian 12 has, reads a revision too: its tarfile has no filters."""
    monkeypatch.chdir(tmp_path)
    Path("cluster.yaml").write_text(CLUSTER)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *command], check=True)  # noqa: S607 -- the git on the PATH
    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    with other_state("HEAD", ["cluster.yaml"]) as (path,):
        assert Path(path).read_text() == CLUSTER


def test_table_on_80_columns(run):
    """No line is longer than a narrow terminal, no row of the table goes on in a next line, and nothing is coloured."""
    out = run().stdout
    assert max(len(line) for line in out.splitlines()) <= 80
    assert [line for line in out.splitlines() if line != line.rstrip()] == []
    assert "NodePool gpu: 10 instance types, all amd64" in out
    (row,) = [line for line in out.splitlines() if line.startswith("p5 ")]
    assert row.split() == ["p5", "h100", "1/8", "80", "256/2048", "1/32", "4xlarge", "48xlarge"]
    assert "\x1b[" not in out


def test_colours(run):
    """A terminal with colours gets them."""
    assert "\x1b[" in run(environment={"FORCE_COLOR": "1", "TERM": "xterm-256color", "PATH": "/usr/bin:/bin"}).stdout


def test_markdown(run):
    """Markdown has the same tables."""
    out = run("-f", "markdown").stdout
    assert "## NodePool gpu: 10 instance types, all amd64" in out
    assert "| p5 | h100 | 1/8 | 80 | 256/2048 | 1/32 | 4xlarge 48xlarge |" in out


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["p5.48xlrage"], None, "unknown instance type 'p5.48xlrage'; did you mean 'p5.48xlarge'?"),
        (["p5"], None, "p5: is a family: name one of its types, such as p5.48xlarge, p5.4xlarge"),
        (["p5.48xlarge", "cluster.yaml"], None, "p5.48xlarge: is an instance type: name it without other targets"),
        (["missing.yaml"], None, "missing.yaml: no such file or folder"),
        (["-"], "a: [", "-:2: did not find expected node content"),
        (["-"], POOL % ("a", "team", "Im", "p5"), "-:9: NodePool/a: spec.template.spec.requirements[0].operator: "),
        (["-"], POD.replace("8,", "8x,"), "'8x' is no quantity: unknown unit 'x'"),
        (["-"], "just text", "-: there is no Kubernetes object to explain"),
    ],
)
def test_mistakes(run, arguments, stdin, message):
    """What cannot be is said on standard error with the path and a hint, with exit code 2."""
    done = run(*arguments, stdin=stdin)
    assert message in done.stderr
    assert (done.returncode, done.stdout) == (2, "")


def test_nothing_matches_is_no_mistake(run):
    """A pool that admits nothing is an answer; a value that no type has is pointed out in it."""
    done = run("-", stdin=POOL % ("a", "node.kubernetes.io/instance-type", "In", "p5.48xlrage"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "NodePool a: 0 instance types" in done.stdout
    assert "did you mean 'p5.48xlarge'?" in done.stdout


def test_pools_that_are_not_evaluated(run, ask):
    """Of a pool of EKS Auto Mode the answer says that nothing is said, and why."""
    text = (POOL % ("auto", "team", "In", "a")).replace(
        "karpenter.k8s.aws, kind: EC2NodeClass", "eks.amazonaws.com, kind: NodeClass"
    )
    answer = ask("-", stdin=f"{text}---\n{POD}")
    why = "EKS Auto Mode launches its nodes, not a Karpenter of your own"
    assert answer["pools"]["auto"] == {"instanceTypes": [], "notEvaluated": why}
    assert answer["workloads"]["Job/train"]["pools"] == {}
    assert "NodePool auto: not evaluated" in run("-", stdin=text).stdout


def test_types_newer_than_the_facts(run, ask):
    """A type that the facts do not have is named as unknown, and a pod there is not told that nothing can host it."""
    text = POOL % ("new", "node.kubernetes.io/instance-type", "In", "p9.96xlarge")
    assert ask("-", stdin=text)["pools"]["new"]["unknownInstanceTypes"] == ["p9.96xlarge"]
    out = run("-", stdin=f"{text}---\n{POD}").stdout
    assert "p9.96xlarge is not known to the facts" in out
    assert "new: not known" in out


def test_templates_and_node_modules_are_skipped(ask, tmp_path):
    """In a folder, a Helm template is no mistake, and what lies in node_modules is none of the user's manifests."""
    (tmp_path / "out" / "node_modules").mkdir(parents=True)
    (tmp_path / "out" / "node_modules" / "p5.yaml").write_text(POOL % ("p5", "team", "In", "a"))
    (tmp_path / "out" / "template.yaml").write_text("kind: Pod\nmetadata: {{ .Values.metadata }}\nspec: {{- if .a }}")
    (tmp_path / "out" / "p4.yaml").write_text(POOL % ("p4", "karpenter.k8s.aws/instance-family", "In", "p4d"))
    (tmp_path / "out" / "chart").mkdir()
    (tmp_path / "out" / "chart" / "Chart.yaml").write_text("name: chart")
    answer = ask("out")
    assert list(answer["pools"]) == ["p4"]
    assert [(each["what"], each["path"]) for each in answer["notJudged"]] == [
        ("Helm chart", "out/chart"),
        ("template", "out/template.yaml"),
    ]
    named = ask("out/template.yaml", "out/p4.yaml")["notJudged"]
    assert [(each["what"], each["path"]) for each in named] == [("template", "out/template.yaml")]
    checked = CliRunner().invoke(main, ["check", "--format", "json", str(tmp_path / "out")])
    passed_over = json.loads(checked.stdout)["summary"]["notJudged"]
    assert [each["path"] for each in passed_over] == [f"{tmp_path}/{each['path']}" for each in answer["notJudged"]]


def test_one_refused_object_does_not_end_the_answer(tmp_path):
    """What the API server would refuse is named on standard error with code 2, and the rest is answered."""
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all([pool("good"), pool("bad", own=True)]))
    result = CliRunner().invoke(main, ["explain", str(tmp_path)])
    assert result.exit_code == 2
    assert "NodePool good: 1 instance type" in result.stdout
    assert "NodePool bad" not in result.stdout
    assert 'NodePool/bad: spec.own: unknown field "spec.own"' in result.stderr


def test_a_refused_object_counts_as_check_counts_it(tmp_path):
    """The pool of a refused node class launches what it would launch, and what is refused is in the JSON too."""
    manifests = [pool("good"), node_class(capacityReservationSelectorTerms=[{"id": "nothing"}], own=True), pod()]
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all(manifests))
    result = CliRunner().invoke(main, ["explain", "-f", "json", str(tmp_path)])
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert list(answer["refused"]) == ["EC2NodeClass/gpu"]
    lines = [line for line in result.stderr.splitlines() if "EC2NodeClass/gpu" in line]
    assert answer["refused"]["EC2NodeClass/gpu"] == lines
    assert answer["workloads"]["Pod/train"]["launch"]["nodePool"] == "good"


def test_nothing_is_launched_from_a_refused_pool(tmp_path):
    """Of two pools that can host a pod, the heavier is refused: Karpenter launches from the other."""
    heavy = pool("heavy", own=True, weight=50)
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all([pool("light"), heavy, node_class(), pod()]))
    result = CliRunner().invoke(main, ["explain", "-f", "json", str(tmp_path)])
    work = json.loads(result.stdout)["workloads"]["Pod/train"]
    assert (list(work["pools"]), work["launch"]["nodePool"]) == (["light"], "light")


@pytest.mark.parametrize("beside", [False, True])
def test_refused_pools_are_the_reason_not_their_absence(tmp_path, monkeypatch, beside):
    """Where every NodePool is refused, that is said; nobody's else pools are asked about in their place."""
    monkeypatch.chdir(tmp_path)
    if beside:
        (tmp_path / "cluster.yaml").write_text(CLUSTER)
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all([pool("bad", own=True), node_class(), pod()]))
    result = CliRunner().invoke(main, ["explain", "pools.yaml"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'pools.yaml:11: NodePool/bad: spec.own: unknown field "spec.own"' in result.stderr
    assert "there is no NodePool" not in result.stderr


def test_what_an_object_ignores_is_not_refused(tmp_path):
    """An error that the object ignores with a reason is none for explain either."""
    ignoring = pool("own", own=True)
    ignoring["metadata"]["annotations"] = {"ignore.eks-gpu/schema.unknown-field": "our fork of Karpenter has it"}
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all([ignoring, node_class()]))
    result = CliRunner().invoke(main, ["explain", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "NodePool own:" in result.stdout


def test_karpenters_kinds_without_their_api_version(tmp_path):
    """A NodePool of apiVersion v1 is refused, with the apiVersion that was meant."""
    wrong = pool("wrong") | {"apiVersion": "v1"}
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all([wrong, pool("good"), node_class()]))
    result = CliRunner().invoke(main, ["explain", str(tmp_path)])
    assert result.exit_code == 2
    assert "NodePool/wrong: apiVersion: Kubernetes 1.37 has no NodePool of v1." in result.stderr
    assert "Write `apiVersion: karpenter.sh/v1`." in result.stderr


def test_a_folder_without_a_pool_says_so(tmp_path, monkeypatch):
    """Without a configuration there is nothing to answer with; with one, the answer names it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/job.yaml").write_text(yaml.safe_dump(pod()))
    result = CliRunner().invoke(main, ["explain", "jobs"])
    assert result.exit_code == 2
    assert "jobs: there is no NodePool, and no cluster.yaml to take pools from" in result.output


@pytest.mark.parametrize("columns", ["60", "80", None])
def test_tables_stay_readable(tmp_path, columns):
    """No column is so narrow that it prints a letter a line, on a narrow terminal or in a pipe."""
    wide = pool(requirements={"karpenter.k8s.aws/instance-category": ["c", "g", "m", "p", "r"]})
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump(wide))
    environment = {"COLUMNS": columns} if columns else {}
    result = CliRunner(env=environment).invoke(main, ["explain", str(tmp_path)])
    lines = result.stdout.splitlines()
    assert len(lines) < 700
    assert not [line for line in lines if len(line.strip()) == 1]


def test_whose_pools_an_answer_is_about(run, tmp_path):
    """A job without a pool beside it is answered for the configuration's pools, and that is said."""
    (tmp_path / "job.yaml").write_text(POD)
    assert "There is no NodePool in job.yaml: the pools are those of cluster.yaml." in run("job.yaml").stdout


AL2 = {"amiSelectorTerms": [{"alias": "al2@v20240625"}]}
WINDOWS = {"amiSelectorTerms": [{"alias": "windows2022@latest"}]}
NOT_THE_WORKER = daemon_set("plugin", "nvcr.io/nvidia/k8s-device-plugin:v0.18.0", "nvidia-device-plugin")


@pytest.mark.parametrize(
    ("rule", "class_spec", "more", "launches"),
    [
        ("ami/al2-gone", AL2, (), False),
        ("nodes/role-arn", {"role": "arn:aws:iam::111122223333:role/nodes"}, (), False),
        ("nodes/user-data", {"userData": "[settings.kubernetes]"}, (), True),
        ("ami/no-nvidia", WINDOWS, (), True),
        ("scheduling/no-gpu-registered", {}, (NOT_THE_WORKER,), True),
    ],
)
def test_what_check_says_of_the_nodes_is_said_too(tmp_path, rule, class_spec, more, launches):
    """Of nodes that never run a pod, by an error of `check`, explain says so at the pool and at the pod."""
    manifests = [pool(), node_class(**class_spec), *more, pod(), pod("cpu", limits={"cpu": 1})]
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all(manifests))
    result = CliRunner().invoke(main, ["explain", "-f", "json", "--kubernetes", "1.34", str(tmp_path)])
    answer = json.loads(result.stdout)
    checked = CliRunner().invoke(main, ["check", "-f", "json", "--kubernetes", "1.34", str(tmp_path)])
    (message,) = [each["message"] for each in json.loads(checked.stdout)["findings"] if each["rule"] == rule]
    assert answer["pools"]["gpu"]["errors"] == [{"rule": rule, "message": message}]
    work = answer["workloads"]["Pod/train"]
    assert work["pools"]["gpu"]["errors"] == [rule]
    assert bool(work["launch"]) == launches
    of_gpus = rule in {"ami/no-nvidia", "scheduling/no-gpu-registered"}
    assert answer["workloads"]["Pod/cpu"]["pools"]["gpu"]["errors"] == ([] if of_gpus else [rule])
    table = CliRunner().invoke(main, ["explain", "--kubernetes", "1.34", str(tmp_path)], env={"COLUMNS": "500"}).stdout
    assert f"! {rule}: {message}" in table
    assert f"! gpu: types fit, but check has errors about its nodes: {rule}" in table
    page = CliRunner().invoke(main, ["report", "-o", "-", "--kubernetes", "1.34", str(tmp_path)]).stdout
    assert f"gpu: types fit, but check has errors about its nodes: {rule}" in page


def test_another_pool_than_one_that_never_gets_ready(tmp_path):
    """Karpenter passes over a heavier pool whose node class has no image, or is not there."""
    heavy, lost = pool("heavy", node_class="old", weight=50), pool("lost", node_class="gpo", weight=60)
    classes = node_class(), node_class("old", **AL2)
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all([pool("light"), heavy, lost, *classes, pod()]))
    result = CliRunner().invoke(main, ["explain", "-f", "json", "--kubernetes", "1.34", str(tmp_path)])
    assert json.loads(result.stdout)["workloads"]["Pod/train"]["launch"]["nodePool"] == "light"


def test_an_error_of_a_node_class_is_for_its_pool_alone(tmp_path):
    """Of two pools of one class, only the one whose types lack EFA at a network card is told so."""
    interfaces = [{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}]
    interfaces += [{"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"}]
    pools = [pool(name, requirements={"node.kubernetes.io/instance-type": [of]}) for name, of in TWO.items()]
    (tmp_path / "pools.yaml").write_text(yaml.safe_dump_all([*pools, node_class(networkInterfaces=interfaces)]))
    result = CliRunner().invoke(main, ["explain", "-f", "json", str(tmp_path)])
    errors = {name: each["errors"] for name, each in json.loads(result.stdout)["pools"].items()}
    assert (errors["p5"], [each["rule"] for each in errors["b300"]]) == ([], ["efa/card-without-efa"])


TWO = {"p5": "p5.48xlarge", "b300": "p6-b300.48xlarge"}


@pytest.mark.parametrize("text", ["", "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a}\n"])
@pytest.mark.parametrize("targets", [[], ["job.yaml"]])
def test_a_cluster_yaml_without_pools(tmp_path, monkeypatch, text, targets):
    """An empty one, or that of another tool, is no answer but an error, as for check and synth."""
    monkeypatch.chdir(tmp_path)
    Path("cluster.yaml").write_text(text)
    Path("job.yaml").write_text(POD)
    result = CliRunner().invoke(main, ["explain", *targets])
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "cluster.yaml: there is no NodePool to explain\n",
    )
