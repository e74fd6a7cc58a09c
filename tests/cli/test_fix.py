"""`eks-gpu check --fix` as a user runs it."""

import json

import pytest
import yaml
from click.testing import CliRunner
from tests.pure.preflight.stacks import daemon_set, efa_plugin, node_class, nvidia_plugin, pod, pool

from cdk8s_eks_gpu.cli import main

DCGM = "nvcr.io/nvidia/k8s/dcgm-exporter:4.4.0"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, text=None: CliRunner().invoke(main, ["check", "--fix", *arguments], input=text)


def stack():
    """Return manifests with three findings that have one right answer."""
    mixed = pool(requirements={"karpenter.k8s.aws/instance-category": ["g"], "kubernetes.io/arch": ["amd64"]})
    own = node_class(amiSelectorTerms=[{"alias": "al2023@latest"}])
    return [mixed, own, daemon_set("dcgm", DCGM, "run"), pod(), pod("plain", limits={"cpu": 1})]


def test_the_diff_comes_first_and_the_user_decides(run, tmp_path):
    """What is declined is not written; what is agreed to mends the findings and keeps the comments."""
    file = tmp_path / "stack.yaml"
    text = f"# ours\n{yaml.safe_dump_all(stack())}"
    file.write_text(text)
    declined = run("stack.yaml", text="n\n")
    assert [line for line in declined.stderr.splitlines() if line[:1] == "+" and "alias" in line] == [
        "+  - alias: al2023@v20260917"
    ]
    assert file.read_text() == text
    run("stack.yaml", "--yes")
    assert file.read_text().startswith("# ours\n")
    again = CliRunner().invoke(main, ["check", "stack.yaml"]).output
    fixed = ("ami/latest", "instances/amd-gpu", "scheduling/monitoring-kept-off")
    assert not [rule for rule in fixed if rule in again]


def test_what_synthesis_wrote_is_left_alone(run, tmp_path):
    """A folder with our marker is mended in its cluster.yaml, not by hand."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/stack.yaml").write_text(yaml.safe_dump_all(stack()))
    marker = '{"schema": 1, "cluster": "a", "karpenter": "1.15", "kubernetes": "1.34", "files": ["stack.yaml"]}'
    (tmp_path / "dist/.eks-gpu").write_text(marker)
    assert "There is nothing to fix by itself." in run("dist", "--yes").stderr


TAINTS = [{"key": "team", "value": "ml", "effect": "NoSchedule"}, {"key": "dedicated", "effect": "NoSchedule"}]
TEAM = '{key: team, operator: Equal, value: "ml", effect: NoSchedule}'
DEDICATED = "{key: dedicated, operator: Exists, effect: NoSchedule}"


def tainted(**options):
    """Return a GPU pool with taints of its own, its node class, and the pods and plugins beside it."""
    return [pool(taints=TAINTS), node_class(), *nvidia_plugin(), efa_plugin(tolerate=[], **options)]


def check(path="stack.yaml"):
    """Return what a plain check prints."""
    return CliRunner().invoke(main, ["check", path]).output


def test_device_plugins_get_the_missing_tolerations_at_once(run, tmp_path):
    """One run adds them to the plugin and to all that finds out features for it, and to the EFA plugin."""
    file = tmp_path / "stack.yaml"
    wanted = pod(limits={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 32})
    file.write_text(yaml.safe_dump_all([*tainted(), wanted]))
    assert "scheduling/no-gpu-registered" in check()
    assert "scheduling/no-efa-registered" in check()
    run("stack.yaml", "--yes")
    assert file.read_text().count(TEAM) == 4
    assert "registered" not in check()


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("tolerations: []\n", f"tolerations: [{TEAM}, {DEDICATED}]\n"),
        ("tolerations: [{key: a}]\n", f"tolerations: [{TEAM}, {DEDICATED}, {{key: a}}]\n"),
        ("# ours\n", f"tolerations:\n        - {TEAM}\n        - {DEDICATED}\n      # ours\n"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_stays_as_it_is_written(run, tmp_path, written, mended, end):
    """Lists in brackets, lists that are not there, comments and the ends of lines stay what they are."""
    text = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: dcgm, namespace: a}\nspec:\n"
    text += "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n"
    containers = f"      containers: [{{name: dcgm, image: '{DCGM}'}}]\n"
    file = tmp_path / "plugin.yaml"
    file.write_bytes(f"{text}      {written}{containers}".replace("\n", end).encode())
    (tmp_path / "stack.yaml").write_text(yaml.safe_dump_all([*tainted(), pod()]))
    run(".", "--yes")
    assert file.read_bytes().decode() == f"{text}      {mended}{containers}".replace("\n", end)


def test_json_is_left_to_the_user(run, tmp_path):
    """Of a plugin that is written as JSON nothing is changed."""
    file = tmp_path / "stack.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*tainted(), pod()]}, indent=1))
    assert "There is nothing to fix by itself." in run("stack.json", "--yes").stderr


CLUSTER = """\
cluster: {name: a, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@latest, discovery: a}
nodePools:
  gpu:
    nodeClass: gpu
    instanceTypes: [p5.48xlarge]
    taints: [{key: team, value: ml, effect: NoSchedule}]
plugins:
  nvidia:
    # the newest
    version: 0.18.0
"""


def test_a_configuration_is_mended_in_its_own_options(run, tmp_path):
    """Tolerations go to the plugin's option, and the AMI is pinned where it is written; comments stay."""
    file = tmp_path / "cluster.yaml"
    file.write_text(CLUSTER)
    assert f"Fix: Add to the option plugins.nvidia.tolerations: [{TEAM}]." in check("cluster.yaml")
    run("cluster.yaml", "--yes")
    pinned = CLUSTER.replace("al2023@latest", "al2023@v20260917")
    assert file.read_text() == pinned.replace("nvidia:\n", f"nvidia:\n    tolerations:\n      - {TEAM}\n")
    assert "scheduling/no-gpu-registered" not in check("cluster.yaml")


def test_what_a_configuration_extends_is_mended_where_it_stands(run, tmp_path):
    """The file that says the option is the one that is edited."""
    (tmp_path / "base.yaml").write_text(CLUSTER.partition("nodePools")[0])
    rest = CLUSTER[CLUSTER.index("nodePools") :]
    (tmp_path / "cluster.yaml").write_text(f"extends: base.yaml\n{rest}")
    run("cluster.yaml", "--yes")
    assert "al2023@v20260917" in (tmp_path / "base.yaml").read_text()
    assert TEAM in (tmp_path / "cluster.yaml").read_text()
